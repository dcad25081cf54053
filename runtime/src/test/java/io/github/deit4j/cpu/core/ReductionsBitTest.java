package io.github.deit4j.cpu.core;

import io.github.deit4j.cpu.kernel.BitCases;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.testing.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class ReductionsBitTest {
  @Test
  void sumOfSquaresOfWholeBlocks(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int length = Reductions.BLOCK - 20; length <= Reductions.BLOCK; length++) {
      cases.compare(Kernels::reductions, Reductions.cases(1, length, random));
    }
  }

  @Test
  void noRows(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int width = 1; width < 100; width++) {
      cases.compare(Kernels::reductions, Reductions.cases(0, width, random));
    }
  }
}
