package io.github.deit4j.data.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/** Small files that ask for much. */
public final class ImageBombs {
  private static final byte[] PNG = "\u0089PNG\r\n\u001a\n".getBytes(ISO_8859_1);
  private static final int GREY = 0;
  private static final int PALETTE = 3;

  private ImageBombs() {}

  /** Returns a black PNG file of 1 or 8 bits a pixel. */
  public static byte[] blackPng(int width, int height, int bits) throws IOException {
    return png(header(width, height, bits, GREY), zlib(((long) width * bits + 7) / 8 + 1, height));
  }

  /**
   * Returns a grey PNG file in which every row has as many different bytes, so that it is large.
   */
  public static byte[] noisyPng(int width, int height, int noise) throws IOException {
    var deflated = new ByteArrayOutputStream();
    byte[] row = new byte[width + 1];
    var random = new java.util.Random(1);
    try (var out = new DeflaterOutputStream(deflated, new Deflater(1))) {
      for (int y = 0; y < height; y++) {
        for (int i = 1; i <= noise; i++) {
          row[i] = (byte) random.nextInt();
        }
        out.write(row);
      }
    }
    return png(header(width, height, 8, GREY), deflated.toByteArray());
  }

  /** Returns a PNG file of 8×8 with a palette and a compressed text that is as long as said. */
  static byte[] pngWithText(long bytes) throws IOException {
    var text = new ByteArrayOutputStream();
    text.write("a\0\0".getBytes(ISO_8859_1));
    text.write(zlib(bytes / 1024, 1024));
    return png(
        header(8, 8, 8, PALETTE),
        zlib(9, 8),
        chunk("zTXt", text.toByteArray()),
        chunk("PLTE", new byte[6]));
  }

  private static byte[] header(int width, int height, int bits, int type) throws IOException {
    var header = new ByteArrayOutputStream();
    var out = new DataOutputStream(header);
    out.writeInt(width);
    out.writeInt(height);
    out.write(new byte[] {(byte) bits, (byte) type, 0, 0, 0});
    return chunk("IHDR", header.toByteArray());
  }

  private static byte[] zlib(long length, int times) throws IOException {
    var deflated = new ByteArrayOutputStream();
    byte[] zeros = new byte[(int) length];
    try (var out = new DeflaterOutputStream(deflated, new Deflater(9))) {
      for (int i = 0; i < times; i++) {
        out.write(zeros);
      }
    }
    return deflated.toByteArray();
  }

  private static byte[] png(byte[] header, byte[] data, byte[]... between) throws IOException {
    var file = new ByteArrayOutputStream();
    file.write(PNG);
    file.write(header);
    for (byte[] chunk : between) {
      file.write(chunk);
    }
    file.write(chunk("IDAT", data));
    file.write(chunk("IEND", new byte[0]));
    return file.toByteArray();
  }

  private static byte[] chunk(String type, byte[] content) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(content.length);
    var typed = new ByteArrayOutputStream();
    typed.write(type.getBytes(ISO_8859_1));
    typed.write(content);
    out.write(typed.toByteArray());
    var crc = new CRC32();
    crc.update(typed.toByteArray());
    out.writeInt((int) crc.getValue());
    return bytes.toByteArray();
  }

  /** Returns a progressive JPEG file of some colours, as Java writes it. */
  static byte[] progressiveJpeg(int width, int height) throws IOException {
    var picture = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    picture.setRGB(1, 1, 0xFF8040);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    var bytes = new ByteArrayOutputStream();
    try (var out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam progressive = writer.getDefaultWriteParam();
      progressive.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      writer.setOutput(out);
      writer.write(null, new IIOImage(picture, null, null), progressive);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** Returns the same with its last scan over and over again. */
  static byte[] jpegOfScans(int width, int height, int more) throws IOException {
    byte[] jpeg = progressiveJpeg(width, height);
    int scan = jpeg.length - 2;
    while (jpeg[scan] != (byte) 0xFF || jpeg[scan + 1] != (byte) 0xDA) {
      scan--;
    }
    var bytes = new ByteArrayOutputStream();
    bytes.write(jpeg, 0, jpeg.length - 2);
    for (int i = 0; i < more; i++) {
      bytes.write(jpeg, scan, jpeg.length - 2 - scan);
    }
    bytes.write(jpeg, jpeg.length - 2, 2);
    return bytes.toByteArray();
  }

  /** Returns a GIF file with the given blocks of codes of 3 bits, and nothing behind them. */
  static byte[] gif(int width, int height, byte[]... blocks) throws IOException {
    var file = new ByteArrayOutputStream();
    file.write("GIF89a".getBytes(ISO_8859_1));
    file.write(new byte[] {(byte) width, (byte) (width >> 8), (byte) height, (byte) (height >> 8)});
    file.write(new byte[] {(byte) 0x81, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}); // 4 colours
    file.write(new byte[] {0x2C, 0, 0, 0, 0});
    file.write(new byte[] {(byte) width, (byte) (width >> 8), (byte) height, (byte) (height >> 8)});
    file.write(new byte[] {0, 2}); // no palette of its own; codes begin with 2 bits
    for (byte[] block : blocks) {
      file.write(block.length);
      file.write(block);
    }
    file.write(new byte[] {0, 0x3B});
    return file.toByteArray();
  }

  /** Returns a GIF file of 8×8, all zeros, with some megabytes of pixels behind the last. */
  static byte[] gifThatGoesOn() throws IOException {
    var picture = new BufferedImage(4000, 4000, BufferedImage.TYPE_BYTE_GRAY);
    byte[] gif = ImageDecoderTest.encode(picture, "gif");
    int descriptor = 13 + 3 * 256; // behind the header and the palette
    while (gif[descriptor] != 0x2C) {
      descriptor++;
    }
    Arrays.fill(gif, descriptor + 5, descriptor + 9, (byte) 0);
    gif[descriptor + 5] = 8;
    gif[descriptor + 7] = 8;
    return gif;
  }

  /** Returns a BMP file that has another kind of file in it. */
  static byte[] bmpWithin(int compression, byte[] inner) throws IOException {
    byte[] bmp =
        ImageDecoderTest.encode(new BufferedImage(8, 8, BufferedImage.TYPE_3BYTE_BGR), "bmp");
    var file = new ByteArrayOutputStream();
    file.write(bmp, 0, 54);
    file.write(inner);
    byte[] made = file.toByteArray();
    made[30] = (byte) compression;
    ByteBuffer.wrap(made).order(ByteOrder.LITTLE_ENDIAN).putInt(34, inner.length);
    return made;
  }

  /** Returns a grey TIFF file of one pixel in a row, of which each is packed in the same bytes. */
  static byte[] tiffOfSharedRows(int rows, int emptyBlocks) {
    byte[] packed = deflatedPixel(emptyBlocks);
    int[][] fields = {
      {256, 1}, {257, rows}, {258, 8}, {259, 8}, {262, 1}, {273, -1}, {277, 1}, {278, 1}, {279, -1}
    };
    int values = 8 + 2 + 12 * fields.length + 4;
    int pixel = values + 2 * 4 * rows;
    ByteBuffer file = ByteBuffer.allocate(pixel + packed.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put("II*\0".getBytes(ISO_8859_1)).putInt(8).putShort((short) fields.length);
    for (int[] field : fields) {
      boolean ofRows = field[1] < 0;
      file.putShort((short) field[0]).putShort((short) 4).putInt(ofRows ? rows : 1);
      file.putInt(ofRows ? values + (field[0] == 273 ? 0 : 4 * rows) : field[1]);
    }
    file.putInt(0);
    for (int value : new int[] {pixel, packed.length}) {
      for (int row = 0; row < rows; row++) {
        file.putInt(value);
      }
    }
    return file.put(packed).array();
  }

  /** Returns a level of 7, deflated behind blocks with nothing in them. */
  private static byte[] deflatedPixel(int emptyBlocks) {
    ByteBuffer packed = ByteBuffer.allocate(2 + 5 * emptyBlocks + 6 + 4);
    packed.put((byte) 0x78).put((byte) 1);
    for (int i = 0; i < emptyBlocks; i++) {
      packed.put((byte) 0).putInt(0xFFFF);
    }
    packed.put((byte) 1).putInt(0x0100_FEFF).put((byte) 7);
    return packed.putInt(0x0008_0008).array();
  }
}
