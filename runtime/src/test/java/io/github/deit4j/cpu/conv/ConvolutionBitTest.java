package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.kernel.BitCases;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.ConvolutionOps.ConvolutionShape;
import io.github.deit4j.testing.Seed;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seed.class)
class ConvolutionBitTest {
  /** The groups of the family, which fill vectors, and what remains of them. */
  @Test
  void groupsOfRegNet(RandomGenerator random) {
    for (int width : new int[] {8, 16, 24, 56}) {
      for (int stride = 1; stride <= 2; stride++) {
        int groups = random.nextInt(1, 3);
        int channels = groups * width;
        compare(
            random,
            Workers.SERIAL,
            new ConvolutionShape(2, 7, 9, channels, channels, 3, stride, groups));
      }
    }
  }

  /** More rows than a band has. */
  @Test
  void largeMaps(RandomGenerator random) {
    for (int stride = 1; stride <= 2; stride++) {
      compare(random, Workers.SERIAL, new ConvolutionShape(1, 100, 90, 3, 8, 3, stride, 1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void anyNumberOfThreads(int threads, RandomGenerator random) {
    try (ThreadTeam team = new ThreadTeam(threads)) {
      for (int round = 0; round < 60; round++) {
        compare(random, team, shape(random));
      }
    }
  }

  private static ConvolutionShape shape(RandomGenerator random) {
    int groups = random.nextInt(1, 4);
    int kernel = random.nextInt(1, 5);
    return new ConvolutionShape(
        random.nextInt(1, 4),
        kernel + random.nextInt(8),
        kernel + random.nextInt(60),
        groups * random.nextInt(1, 21),
        groups * random.nextInt(1, 21),
        kernel,
        random.nextInt(1, 4),
        groups);
  }

  private static void compare(RandomGenerator random, Workers workers, ConvolutionShape shape) {
    for (BitCases cases : List.of(new BitCases(random), new BitCases(random, Kernels.plain()))) {
      cases.compare(Kernels::convolution, ConvolutionKernel.cases(workers, shape));
    }
  }
}
