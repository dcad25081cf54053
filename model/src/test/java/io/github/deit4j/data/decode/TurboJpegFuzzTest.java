package io.github.deit4j.data.decode;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.testing.FuzzedFormat;
import java.io.IOException;
import java.util.List;

/** The same by libjpeg-turbo, where it is installed. */
class TurboJpegFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() throws IOException {
    assumeTrue(NativeLibraries.turboJpeg().place().isPresent(), "no libjpeg-turbo on this machine");
    return FuzzedImages.examples().stream().filter(JpegHeader::startsWithMagic).toList();
  }

  @Override
  protected boolean read(byte[] file) {
    return FuzzedImages.decodes(file, JpegDecoder.TURBOJPEG);
  }
}
