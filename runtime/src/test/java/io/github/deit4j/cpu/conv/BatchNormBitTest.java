package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.kernel.BitCases;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.testing.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class BatchNormBitTest {
  /** More than a block has. */
  @Test
  void manyPixels(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int channels = 1; channels < 60; channels++) {
      cases.compare(
          Kernels::batchNorm, BatchNormKernel.cases(9_000 / channels + 3, channels, random));
    }
  }
}
