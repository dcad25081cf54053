package io.github.deit4j.data.decode;

import io.github.deit4j.testing.FuzzedFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The same for lossy, lossless and animated WebP files. */
class WebPFuzzTest extends FuzzedFormat {
  private static final List<String> FILES =
      List.of(
          "lossless",
          "lossless-alpha",
          "lossy",
          "lossy-alpha",
          "few-colours",
          "colours-2",
          "colours-4",
          "colours-100",
          "one-colour",
          "all-predictions",
          "animated",
          "exif6");

  @Override
  protected List<byte[]> examples() throws IOException {
    List<byte[]> examples = new ArrayList<>();
    for (String name : FILES) {
      examples.add(ImageFormatsTest.file(name + ".webp"));
    }
    examples.add(WebPBombs.transformed(9, 7, WebPBombs.COLORS, WebPBombs.GREEN));
    examples.add(WebPBombs.transformed(9, 7, WebPBombs.GREEN, WebPBombs.GREEN));
    examples.add(WebPBombs.grouped(300));
    examples.add(WebPBombs.cached(11));
    examples.add(WebPBombs.coded(3, 1));
    return examples;
  }

  @Override
  protected boolean read(byte[] file) {
    return FuzzedImages.decodes(file, JpegDecoder.IMAGEIO);
  }
}
