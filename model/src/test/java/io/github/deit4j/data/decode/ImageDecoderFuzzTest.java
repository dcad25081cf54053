package io.github.deit4j.data.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.deit4j.data.CorruptImageException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class ImageDecoderFuzzTest {
  static Stream<byte[]> seeds() throws IOException {
    var colours = new BufferedImage(9, 7, BufferedImage.TYPE_3BYTE_BGR);
    colours.setRGB(4, 3, 0xFF8040);
    var grey = new BufferedImage(9, 7, BufferedImage.TYPE_USHORT_GRAY);
    return Stream.of(
        ImageDecoderTest.encode(colours, "png"),
        ImageDecoderTest.encode(colours, "jpeg"),
        ImageDecoderTest.encode(colours, "gif"),
        ImageDecoderTest.encode(colours, "bmp"),
        ImageDecoderTest.encode(grey, "png"));
  }

  /** Whatever the bytes, they are an image of three channels or one that is named as corrupt. */
  @MethodSource("seeds")
  @FuzzTest(maxDuration = "1m")
  void decodesOrRefuses(byte[] file) {
    try {
      assertThat(ImageDecoder.decode("fuzz", file).channels()).isEqualTo(3);
    } catch (CorruptImageException e) {
      assertThat(e).hasMessageStartingWith("fuzz: ");
    }
  }
}
