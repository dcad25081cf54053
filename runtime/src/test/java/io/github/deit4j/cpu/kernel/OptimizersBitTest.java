package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.kernel.Optimizers.AdamW;
import io.github.deit4j.testing.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class OptimizersBitTest {
  private static final int MOST = 400;

  @Test
  void adamW(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      var factors =
          new AdamW(
              random.nextFloat(),
              1f - 0.1f * random.nextFloat(),
              random.nextFloat(),
              random.nextFloat(),
              0.01f * random.nextFloat(),
              1f + 10f * random.nextFloat(),
              random.nextBoolean() ? 1e-8f : 0f);
      cases.compareRanges(
          "adamW with " + factors,
          Floats.randoms(random, size, size, size, size),
          size,
          (kernels, x, from, to) ->
              kernels.optimizers().adamW(x[0], x[1], x[2], x[3], factors, from, to));
    }
  }

  @Test
  void sgd(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      float gradientScale = random.nextFloat();
      float weightDecay = random.nextFloat();
      float momentum = random.nextFloat();
      float learningRate = random.nextFloat();
      cases.compareRanges(
          "sgd",
          Floats.randoms(random, size, size, size),
          size,
          (kernels, x, from, to) ->
              kernels
                  .optimizers()
                  .sgd(
                      x[0],
                      x[1],
                      x[2],
                      gradientScale,
                      weightDecay,
                      momentum,
                      learningRate,
                      from,
                      to));
    }
  }

  @Test
  void ema(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      int size = random.nextInt(1, MOST);
      float decay = random.nextFloat();
      cases.compareRanges(
          "ema",
          Floats.randoms(random, size, size),
          size,
          (kernels, x, from, to) ->
              kernels.optimizers().ema(x[0], x[1], decay, 1f - decay, from, to));
    }
  }
}
