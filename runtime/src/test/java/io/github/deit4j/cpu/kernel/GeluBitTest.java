package io.github.deit4j.cpu.kernel;

import io.github.deit4j.testing.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class GeluBitTest {
  private static final int MOST = 400;

  @Test
  void forward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      int source = random.nextInt(2);
      cases.compareRanges(
          "gelu forward",
          Floats.randoms(random, size, size),
          size,
          (kernels, x, from, to) -> kernels.gelu().forward(x[0], x[source], from, to));
    }
  }

  @Test
  void backward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      int gradient = random.nextInt(2);
      cases.compareRanges(
          "gelu backward",
          Floats.randoms(random, size, size, size),
          size,
          (kernels, x, from, to) -> kernels.gelu().backward(x[0], x[gradient], x[2], from, to));
    }
  }
}
