package io.github.deit4j.cpu.core;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.BitCases;
import io.github.deit4j.cpu.kernel.Floats;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class ReductionsBitTest {
  @Test
  void sumOfSquares(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      compareSumOfSquares(cases, random, random.nextInt(300), random.nextInt(50));
    }
  }

  @Test
  void sumOfSquaresOfWholeBlocks(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int length = Reductions.BLOCK - 20; length <= Reductions.BLOCK; length++) {
      compareSumOfSquares(cases, random, length, Reductions.BLOCK);
    }
  }

  private static void compareSumOfSquares(
      BitCases cases, RandomGenerator random, int length, int from) {
    MemorySegment[] sumAndNumbers = Floats.randoms(random, 1, from + length);
    cases.compare(
        "sum of squares of " + length,
        sumAndNumbers,
        (kernels, x) -> {
          float sum = kernels.reductions().sumOfSquares(x[1], from, from + length);
          x[0].set(JAVA_FLOAT, 0, sum);
        });
  }

  @Test
  void addRows(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int rows = random.nextInt(12);
      int width = random.nextInt(1, 100);
      cases.compareRanges(
          "sums over " + rows + " rows",
          Floats.randoms(random, width, (long) rows * width),
          width,
          (kernels, x, from, to) ->
              kernels.reductions().addRows(x[0], x[1], width, rows, from, to));
    }
  }
}
