package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class LayerNormBitTest {
  private static final int MOST_ROWS = 8;

  @Test
  void forward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int rows = random.nextInt(1, MOST_ROWS);
      int width = width(random);
      float epsilon = random.nextBoolean() ? 1e-6f : 0f;
      int size = rows * width;
      MemorySegment[] operands = Floats.randoms(random, size, rows, rows, size, width, width);
      if (random.nextInt(10) == 0) {
        repeatFirstNumber(operands[3], width);
      }
      cases.compareRanges(
          "layer norm forward, width " + width,
          operands,
          rows,
          (kernels, x, from, to) ->
              kernels
                  .layerNorm()
                  .forward(x[0], x[1], x[2], x[3], x[4], x[5], epsilon, width, from, to));
    }
  }

  /** Mostly multiples of 16, which have kernels of their own. */
  private static int width(RandomGenerator random) {
    return random.nextInt(3) > 0 ? 16 * random.nextInt(1, 13) : random.nextInt(1, 100);
  }

  /** Gives the first row a variance of zero, or nearly so. */
  private static void repeatFirstNumber(MemorySegment x, int width) {
    float first = x.get(JAVA_FLOAT, 0);
    for (int j = 0; j < width; j++) {
      x.setAtIndex(JAVA_FLOAT, j, first);
    }
  }

  @Test
  void backward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int rows = random.nextInt(1, MOST_ROWS);
      int width = width(random);
      int size = rows * width;
      int base = random.nextInt(2);
      cases.compareRanges(
          "layer norm backward, width " + width,
          Floats.randoms(random, size, size, size, size, width, rows, rows),
          rows,
          (kernels, x, from, to) ->
              kernels
                  .layerNorm()
                  .backward(x[0], x[base], x[2], x[3], x[4], x[5], x[6], width, from, to));
    }
  }

  @Test
  void parameterGradients(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int rows = random.nextInt(MOST_ROWS);
      int width = width(random);
      int size = rows * width;
      cases.compareRanges(
          "layer norm parameter gradients, " + rows + " rows",
          Floats.randoms(random, width, width, size, size, rows, rows),
          width,
          (kernels, x, from, to) ->
              kernels
                  .layerNorm()
                  .parameterGradients(x[0], x[1], x[2], x[3], x[4], x[5], width, rows, from, to));
    }
  }
}
