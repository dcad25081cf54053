package io.github.deit4j.cpu.kernel;

import io.github.deit4j.testing.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every kernel's own cases, of small sizes; what else a kernel has to be tried with has a test. */
@ExtendWith(Seed.class)
class KernelsBitTest {
  /** Numbers of a case whose time grows with the product of its sizes. */
  private static final int HEAVY = 600;

  @ParameterizedTest
  @FieldSource("io.github.deit4j.cpu.kernel.KernelFamily#ALL")
  void vectorsGiveTheScalarBits(KernelFamily<?> family, RandomGenerator random) {
    boolean heavy =
        family.name().equals("attention")
            || family.name().equals("convolution")
            || family.name().equals("gemm");
    for (int round = 0; round < (heavy ? HEAVY : BitCases.ROUNDS); round++) {
      compare(family, new BitCases(random), heavy, random);
    }
  }

  private static <K> void compare(
      KernelFamily<K> family, BitCases cases, boolean heavy, RandomGenerator random) {
    int rows = random.nextInt(1, random.nextInt(8) == 0 ? 40 : 8);
    cases.compare(family.of(), family.cases().of(rows, width(heavy, random), random));
  }

  /** Often a multiple of 16, for which there are kernels of their own. */
  private static int width(boolean heavy, RandomGenerator random) {
    int most = heavy ? 40 : 200;
    return random.nextBoolean() ? 16 * random.nextInt(1, most / 16 + 1) : random.nextInt(1, most);
  }
}
