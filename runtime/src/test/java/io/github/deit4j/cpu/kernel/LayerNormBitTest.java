package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class LayerNormBitTest {
  /** A first row with a variance of zero, or nearly so. */
  @Test
  void equalNumbers(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS / 10; round++) {
      int rows = random.nextInt(1, 8);
      int width = random.nextBoolean() ? 16 * random.nextInt(1, 13) : random.nextInt(1, 100);
      float epsilon = random.nextBoolean() ? 1e-6f : 0f;
      int size = rows * width;
      MemorySegment[] operands = Floats.randoms(random, size, rows, rows, size, width, width);
      float first = operands[3].get(JAVA_FLOAT, 0);
      for (int j = 0; j < width; j++) {
        operands[3].setAtIndex(JAVA_FLOAT, j, first);
      }
      cases.compareRanges(
          "layer norm forward, width " + width,
          operands,
          rows,
          (kernels, x, from, to) -> {
            var all = new LayerNormKernel.Rows(x[3], x[1], x[2], rows, width);
            kernels.layerNorm().forward(x[0], all, x[4], x[5], epsilon, from, to);
          });
    }
  }

  @Test
  void parameterGradientsOfNoRows(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int width = 1; width < 200; width++) {
      cases.compare(Kernels::layerNorm, LayerNormKernel.cases(0, width, random).getLast());
    }
  }
}
