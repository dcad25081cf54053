package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.cpu.conv.ConvolutionKernel.Sizes;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.kernel.BitCases;
import io.github.deit4j.cpu.kernel.Floats;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seed.class)
class ConvolutionBitTest {
  private static final int ROUNDS = 600;

  @Test
  void smallMaps(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      compare(random, cases, Workers.SERIAL, sizes(random, 9, 11));
    }
  }

  /** The groups of the family, which fill vectors, and what remains of them. */
  @Test
  void groupsOfRegNet(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int width : new int[] {8, 16, 24, 56}) {
      for (int stride = 1; stride <= 2; stride++) {
        int groups = random.nextInt(1, 3);
        int channels = groups * width;
        compare(
            random,
            cases,
            Workers.SERIAL,
            new Sizes(2, 7, 9, channels, channels, 3, stride, 1, groups));
      }
    }
  }

  /** More rows than a band has. */
  @Test
  void largeMaps(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int stride = 1; stride <= 2; stride++) {
      compare(random, cases, Workers.SERIAL, new Sizes(1, 100, 90, 3, 8, 3, stride, 1, 1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void anyNumberOfThreads(int threads, RandomGenerator random) {
    var cases = new BitCases(random);
    try (ThreadTeam team = new ThreadTeam(threads)) {
      for (int round = 0; round < 60; round++) {
        compare(random, cases, team, sizes(random, 20, 60));
      }
    }
  }

  private static Sizes sizes(RandomGenerator random, int mostChannels, int mostColumns) {
    int groups = random.nextInt(1, 4);
    int kernel = random.nextInt(1, 5);
    return new Sizes(
        random.nextInt(1, 4),
        kernel + random.nextInt(8),
        kernel + random.nextInt(mostColumns),
        groups * random.nextInt(1, mostChannels + 1),
        groups * random.nextInt(1, mostChannels + 1),
        kernel,
        random.nextInt(1, 4),
        random.nextInt(kernel),
        groups);
  }

  private static void compare(
      RandomGenerator random, BitCases cases, Workers workers, Sizes sizes) {
    long input = (long) sizes.images() * sizes.height() * sizes.width() * sizes.in();
    long output = (long) sizes.images() * sizes.outHeight() * sizes.outWidth() * sizes.out();
    long weights = (long) sizes.out() * sizes.groupIn() * sizes.kernel() * sizes.kernel();
    cases.compare(
        "forward " + sizes,
        Floats.randoms(random, output, input, weights),
        (kernels, x) -> kernels.convolution().forward(workers, x[0], x[1], x[2], sizes));
    cases.compare(
        "input gradient " + sizes,
        Floats.randoms(random, input, output, weights),
        (kernels, x) -> kernels.convolution().inputGradient(workers, x[0], x[1], x[2], sizes));
    MemorySegment[] operands = Floats.randoms(random, weights, output, input);
    cases.compare(
        "weight gradient " + sizes,
        operands,
        (kernels, x) -> kernels.convolution().weightGradient(workers, x[0], x[1], x[2], sizes));
  }
}
