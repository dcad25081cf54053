package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Chains of BF16 products near 2⁻¹²⁰, where processors that multiply BF16 would count what is
 * subnormal as zero: cut at any k, or between any two images, they have the bits of the whole.
 */
@ExtendWith(Seed.class)
class ContinuedChainsBitTest {
  private static final int DEPTH = 24;
  private static final int ROWS = 7;
  private static final int COLUMNS = 35;
  private static final List<Gemm> ALL =
      List.of(
          Kernels.scalarBf16().gemm(),
          Kernels.vectorBf16().gemm(),
          Kernels.plainBf16().gemm(),
          new VectorGemm(Factors.ROUNDED));

  /** Factors of which two make about 2⁻¹²⁰, and often cancel each other. */
  private static Matrix factor(Arena arena, RandomGenerator random, int rows, int columns) {
    MemorySegment memory = arena.allocate(JAVA_FLOAT, (long) rows * columns);
    for (int i = 0; i < rows * columns; i++) {
      int significand = random.nextInt(-3, 4);
      memory.setAtIndex(JAVA_FLOAT, i, Math.scalb((float) significand, random.nextInt(-64, -56)));
    }
    return Matrix.of(memory, rows, columns);
  }

  @Test
  void cutAtAnyK(RandomGenerator random) {
    try (Arena arena = Arena.ofConfined()) {
      Matrix a = factor(arena, random, ROWS, DEPTH);
      Matrix b = factor(arena, random, DEPTH, COLUMNS);
      Matrix zeros = Matrix.zeros(ROWS, COLUMNS);
      float[] expected = null;
      for (Gemm gemm : ALL) {
        for (int cut = 0; cut <= DEPTH; cut++) {
          Matrix c = Matrix.of(arena.allocate(4L * ROWS * COLUMNS), ROWS, COLUMNS);
          gemm.multiply(Workers.SERIAL, c, zeros, columns(a, 0, cut), b.rows(0, cut));
          gemm.multiply(Workers.SERIAL, c, c, columns(a, cut, DEPTH), b.rows(cut, DEPTH));
          float[] numbers = c.memory().toArray(JAVA_FLOAT);
          expected = expected == null ? numbers : expected;
          assertThat(numbers).as("%s, cut at %d", gemm, cut).isEqualTo(expected);
        }
      }
      assertThat(expected)
          .as("some cancel, not all")
          .contains(0f)
          .isNotEqualTo(new float[ROWS * COLUMNS]);
    }
  }

  @Test
  void gradientsOfAnyMicroBatches(RandomGenerator random) {
    try (Arena arena = Arena.ofConfined()) {
      Matrix dy = factor(arena, random, DEPTH, ROWS);
      Matrix x = factor(arena, random, DEPTH, COLUMNS);
      float[] expected = null;
      for (Gemm gemm : ALL) {
        for (int cut = 0; cut <= DEPTH; cut++) {
          Matrix dw = Matrix.of(arena.allocate(4L * ROWS * COLUMNS), ROWS, COLUMNS);
          MemorySegment db = arena.allocate(4L * ROWS);
          for (int[] rows : new int[][] {{0, cut}, {cut, DEPTH}}) {
            gemm.addParameterGradients(
                Workers.SERIAL,
                dw,
                db,
                dy.rows(rows[0], rows[1]),
                x.rows(rows[0], rows[1]),
                Kernels.scalar().reductions());
          }
          float[] numbers = dw.memory().toArray(JAVA_FLOAT);
          expected = expected == null ? numbers : expected;
          assertThat(numbers).as("%s, %d images first", gemm, cut).isEqualTo(expected);
        }
      }
      assertThat(expected)
          .as("some cancel, not all")
          .contains(0f)
          .isNotEqualTo(new float[ROWS * COLUMNS]);
    }
  }

  private static Matrix columns(Matrix a, int from, int to) {
    return a.transpose().rows(from, to).transpose();
  }
}
