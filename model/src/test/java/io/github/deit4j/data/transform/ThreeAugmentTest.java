package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.Image;
import io.github.deit4j.random.Philox;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThreeAugmentTest {
  /** An image of which Pillow blurred a copy, see below. */
  private static Image image(int width, int height, int channels) {
    byte[] pixels = new byte[channels * height * width];
    for (int i = 0; i < pixels.length; i++) {
      int x = i % width;
      int y = i / width % height;
      int k = i / (width * height);
      pixels[i] = (byte) ((x * 37 + y * 91 + k * 53) ^ (x * y * 7 + k));
    }
    return new Image(channels, height, width, pixels);
  }

  /** Digests of planes that Pillow 12.3.0 gave: ImageFilter.GaussianBlur(radius). */
  @ParameterizedTest
  @CsvSource({
    "9, 7, 1, 0.1, 2b922733133778633306bd76586de7b2c804241192965050ce833c039c3aaa79",
    "9, 7, 1, 0.75, 547b3a62a0216e67a5cad5046da124339ba83b79cf3384d2e44d9ba95efe840e",
    "9, 7, 1, 2, 4f6858a2956ad91692281b70fac478bd25ea0bc55fc73f693d4cd66c8843df62",
    "3, 2, 1, 2, 8f0957bd09e1e6451505d832b5eae8164a5cf1c05fd0460a1e82c059926f7966",
    "40, 30, 3, 1.3, 8f29cb26ad10d3c2b42e896380e7a846d5103f4a40682d1fbe50f6cf3e62eac8",
    "40, 30, 3, 2, d5bf4987dd37c25d77e094ee0f65051d9038ecd10a9d4b6d412cf1a47a2d4b7a",
    "224, 224, 3, 0.5, 2ee4c052323eda6fd1083dce321c5350f69bf7cc11dd7af205284cc48c74141d"
  })
  void blursAsPillowDoes(int width, int height, int channels, double radius, String digest)
      throws NoSuchAlgorithmException {
    Image blurred = GaussianBlur.of(radius).apply(image(width, height, channels));
    byte[] got = MessageDigest.getInstance("SHA-256").digest(blurred.pixels());
    assertThat(HexFormat.of().formatHex(got)).isEqualTo(digest);
  }

  @Test
  void doesOneOfThreeThingsEachAsOften() {
    Image image = image(20, 10, 3);
    int[] counts = new int[3];
    for (int i = 0; i < 600; i++) {
      byte[] pixels = new ThreeAugment().apply(image, new Philox(5, 2, 0, i)).pixels();
      boolean grey =
          IntStream.range(0, 200)
              .allMatch(at -> pixels[at] == pixels[200 + at] && pixels[at] == pixels[400 + at]);
      boolean solarized =
          IntStream.range(0, 600)
              .allMatch(
                  at -> {
                    int level = image.pixels()[at] & 0xFF;
                    return (pixels[at] & 0xFF) == (level < 128 ? level : 255 - level);
                  });
      counts[grey ? 0 : solarized ? 1 : 2]++;
    }
    // Five standard deviations of the binomial distribution are 58.
    for (int count : counts) {
      assertThat(count).isBetween(200 - 58, 200 + 58);
    }
  }
}
