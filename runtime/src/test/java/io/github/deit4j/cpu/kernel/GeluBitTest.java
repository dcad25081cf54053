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
      cases.compareRanges(
          "gelu forward",
          Floats.randoms(random, size),
          size,
          (kernels, x, from, to) -> {
            float[] values = Floats.toArray(x[0], from, to);
            kernels.gelu().forward(values, values.length);
            Floats.copyTo(x[0], from, values);
          });
    }
  }

  @Test
  void backward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      cases.compareRanges(
          "gelu backward",
          Floats.randoms(random, size, size),
          size,
          (kernels, x, from, to) -> {
            float[] gradients = Floats.toArray(x[0], from, to);
            float[] values = Floats.toArray(x[1], from, to);
            kernels.gelu().backward(gradients, values, values.length);
            Floats.copyTo(x[0], from, gradients);
          });
    }
  }
}
