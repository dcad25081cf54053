package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResamplerTest {
  @Test
  void vectorsGiveTheSameLevels() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      int width = 1 + random.nextInt(70);
      int stride = width + random.nextInt(3);
      int[] weights = random.ints(random.nextInt(9), -1 << 20, 1 << 22).toArray();
      int first = random.nextInt(5);
      int[] source = random.ints(first + 9L * stride + width, 0, 256).toArray();
      int[] scalar = new int[width];
      int[] vector = new int[width];
      Resampler.sumRows(scalar, source, first, stride, weights, 0);
      Resampler.Vectors.sumRows(vector, source, first, stride, weights);
      assertThat(vector).as("seed %d, round %d", seed, round).isEqualTo(scalar);
      assertThat(Arrays.stream(scalar))
          .as("seed %d", seed)
          .allMatch(level -> level >= 0 && level <= 255);
    }
  }
}
