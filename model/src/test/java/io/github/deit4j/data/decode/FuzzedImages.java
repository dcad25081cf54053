package io.github.deit4j.data.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset.Reduction;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What image decoders are attacked with: small files of all kinds, and bombs. */
final class FuzzedImages {
  private FuzzedImages() {}

  static List<byte[]> examples() throws IOException {
    List<byte[]> examples = new ArrayList<>();
    var colours = new BufferedImage(9, 7, BufferedImage.TYPE_3BYTE_BGR);
    colours.setRGB(4, 3, 0xFF8040);
    for (String format : new String[] {"png", "jpeg", "gif", "bmp"}) {
      examples.add(ImageDecoderTest.encode(colours, format));
    }
    byte[] levels = {1, 2};
    var palette = new IndexColorModel(1, 2, levels, levels, levels);
    var few = new BufferedImage(9, 7, BufferedImage.TYPE_BYTE_BINARY, palette);
    for (String format : new String[] {"png", "gif", "bmp"}) {
      examples.add(ImageDecoderTest.encode(few, format));
    }
    for (int type : new int[] {BufferedImage.TYPE_USHORT_GRAY, BufferedImage.TYPE_INT_ARGB}) {
      examples.add(ImageDecoderTest.encode(new BufferedImage(9, 7, type), "png"));
    }
    examples.add(ImageBombs.progressiveJpeg(20, 20));
    examples.add(ImageBombs.jpegOfScans(20, 20, 200));
    examples.add(ImageBombs.blackPng(600, 600, 1));
    examples.add(ImageBombs.blackPng(1, 70_000, 1));
    examples.add(ImageBombs.pngWithText(1 << 20));
    examples.add(ImageBombs.gif(9, 9));
    examples.add(ImageBombs.gif(2, 1, new byte[] {0b01_000_100, 0b1}));
    examples.add(ImageBombs.bmpWithin(5, ImageBombs.blackPng(8, 8, 8)));
    for (String name : List.of("exif6.jpg", "exif6.png")) {
      examples.add(ImageFormatsTest.file(name));
    }
    return examples;
  }

  /** Returns whether a file is decoded, at half its size where that can be. */
  static boolean decodes(byte[] file, JpegDecoder decoder) {
    try {
      Reduction half = (height, width) -> file.length % 2 + 1;
      Decoding decoding = Decoding.STANDARD.withJpeg(decoder).withExifOrientation(true);
      assertThat(ImageDecoder.decode("fuzz", file, decoding, half).channels()).isEqualTo(3);
      return true;
    } catch (CorruptImageException e) {
      assertThat(e).hasMessageStartingWith("fuzz: ");
      return false;
    }
  }
}
