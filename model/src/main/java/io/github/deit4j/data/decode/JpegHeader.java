package io.github.deit4j.data.decode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What the markers in front of a JPEG file's first scan say of its colours.
 *
 * @param jfif whether there is a JFIF marker
 * @param adobeTransform the Adobe marker's transform, or −1 if there is none
 * @param componentIds the frame's component numbers
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves the package
record JpegHeader(boolean jfif, int adobeTransform, byte[] componentIds) {
  private static final int START_OF_IMAGE = 0xD8;
  private static final int END_OF_IMAGE = 0xD9;
  private static final int START_OF_SCAN = 0xDA;
  private static final int PROGRESSIVE = 0xC2;
  private static final int PROGRESSIVE_ARITHMETIC = 0xCA;

  /** Where a frame's marker has the number of its components. */
  private static final int FRAME_COMPONENTS = 9;

  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int APP14 = 0xEE;
  private static final int ADOBE_LENGTH = 12;
  private static final int FILL = 0xFF;
  private static final int COMPONENTS_AT = 5;

  /** Tells whether a file's bytes begin as a JPEG file does. */
  static boolean startsWithMagic(byte[] file) {
    return file.length > 2 && marker(file, 0) == START_OF_IMAGE && file[2] == (byte) 0xFF;
  }

  /** Reads the markers; what is cut off or senseless counts as missing, the decoder will tell. */
  static JpegHeader read(byte[] file) {
    boolean jfif = false;
    int transform = -1;
    byte[] ids = {};
    int at = 2;
    while (at + 4 <= file.length && marker(file, at) != START_OF_SCAN) {
      int marker = marker(file, at);
      if (marker < 0 || marker == FILL) {
        at++; // fill bytes
        continue;
      }
      int end = at + 2 + (((file[at + 2] & 0xFF) << 8) | (file[at + 3] & 0xFF));
      byte[] body = Arrays.copyOfRange(file, at + 4, Math.clamp(end, at + 4, file.length));
      switch (marker) {
        case APP0 -> jfif |= startsWith(body, "JFIF\0");
        case APP14 -> {
          if (startsWith(body, "Adobe") && body.length >= ADOBE_LENGTH) {
            transform = body[ADOBE_LENGTH - 1] & 0xFF;
          }
        }
        default -> {
          if (isFrame(marker)) {
            ids = componentIds(body);
          }
        }
      }
      at = Math.max(end, at + 4);
    }
    return new JpegHeader(jfif, transform, ids);
  }

  /** Returns the EXIF data in front of the first scan, empty if there are none. */
  static byte[] exif(byte[] file) {
    int at = 2;
    while (at + 4 <= file.length && marker(file, at) != START_OF_SCAN) {
      int marker = marker(file, at);
      if (marker < 0 || marker == FILL) {
        at++;
        continue;
      }
      int end = at + 2 + (((file[at + 2] & 0xFF) << 8) | (file[at + 3] & 0xFF));
      if (marker == APP1) {
        byte[] body = Arrays.copyOfRange(file, at + 4, Math.clamp(end, at + 4, file.length));
        if (startsWith(body, "Exif\0")) {
          return body;
        }
      }
      at = Math.max(end, at + 4);
    }
    return new byte[0];
  }

  /**
   * Counts a file's scans, each of which costs its decoder time for all pixels. The usual one that
   * all components share is not gone through: decoders take no other after it.
   */
  static int scans(byte[] file) {
    int at = 2;
    boolean progressive = false;
    int components = 0;
    while (at + 4 < file.length && marker(file, at) != START_OF_SCAN) {
      int marker = marker(file, at);
      if (marker < 0 || marker == FILL) {
        at++;
        continue;
      }
      if (isFrame(marker) && at + FRAME_COMPONENTS < file.length) {
        progressive |= marker == PROGRESSIVE || marker == PROGRESSIVE_ARITHMETIC;
        components = file[at + FRAME_COMPONENTS] & 0xFF;
      }
      at = Math.max(at + 4, at + 2 + (((file[at + 2] & 0xFF) << 8) | (file[at + 3] & 0xFF)));
    }
    if (at + 4 < file.length && !progressive && (file[at + 4] & 0xFF) == components) {
      return 1;
    }
    int scans = 0;
    for (; at + 1 < file.length; at++) {
      if (file[at] == (byte) FILL) {
        int marker = file[at + 1] & 0xFF;
        if (marker == END_OF_IMAGE) {
          break;
        }
        scans += marker == START_OF_SCAN ? 1 : 0;
      }
    }
    return scans;
  }

  /** Tells, as libjpeg does, whether three components are YCbCr rather than RGB. */
  boolean storesYcc() {
    if (jfif) {
      return true;
    }
    return adobeTransform >= 0
        ? adobeTransform != 0
        : !Arrays.equals(componentIds, new byte[] {'R', 'G', 'B'});
  }

  /** Tells, as libjpeg does, whether four components are YCCK rather than CMYK. */
  boolean storesYcck() {
    return adobeTransform > 0;
  }

  private static int marker(byte[] file, int at) {
    return file[at] == (byte) 0xFF ? file[at + 1] & 0xFF : -1;
  }

  // C4, C8 and CC are tables and an extension, no frames.
  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  private static byte[] componentIds(byte[] frame) {
    int count = frame.length > COMPONENTS_AT ? frame[COMPONENTS_AT] & 0xFF : 0;
    byte[] ids = new byte[count];
    for (int i = 0; i < count && COMPONENTS_AT + 1 + 3 * i < frame.length; i++) {
      ids[i] = frame[COMPONENTS_AT + 1 + 3 * i];
    }
    return ids;
  }

  private static boolean startsWith(byte[] body, String text) {
    byte[] prefix = text.getBytes(StandardCharsets.US_ASCII);
    return body.length >= prefix.length
        && Arrays.equals(body, 0, prefix.length, prefix, 0, prefix.length);
  }
}
