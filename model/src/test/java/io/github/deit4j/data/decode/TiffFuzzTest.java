package io.github.deit4j.data.decode;

import io.github.deit4j.testing.FuzzedFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The same for TIFF files of all kinds. */
class TiffFuzzTest extends FuzzedFormat {
  private static final List<String> FILES =
      List.of(
          "rgb-none",
          "rgb-lzw",
          "rgb-lzw-predictor",
          "rgb-deflate",
          "rgb-packbits",
          "grey",
          "grey16",
          "rgba",
          "cmyk",
          "palette",
          "bilevel",
          "big",
          "exif3",
          "fax",
          "jpeg");

  @Override
  protected List<byte[]> examples() throws IOException {
    List<byte[]> examples = new ArrayList<>();
    for (String name : FILES) {
      examples.add(ImageFormatsTest.file(name + ".tif"));
    }
    examples.add(ImageBombs.tiffOfSharedRows(200, 20));
    return examples;
  }

  @Override
  protected boolean read(byte[] file) {
    return FuzzedImages.decodes(file, JpegDecoder.IMAGEIO);
  }
}
