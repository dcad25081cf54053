package io.github.deit4j.data.decode;

import io.github.deit4j.testing.FuzzedFormat;
import java.io.IOException;
import java.util.List;

/** Whatever the bytes, they are an image of three channels or one that is named as corrupt. */
class ImageDecoderFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() throws IOException {
    return FuzzedImages.examples();
  }

  @Override
  protected boolean read(byte[] file) {
    return FuzzedImages.decodes(file, JpegDecoder.IMAGEIO);
  }
}
