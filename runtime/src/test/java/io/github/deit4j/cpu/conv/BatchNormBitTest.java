package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.conv.BatchNormKernel.Layer;
import io.github.deit4j.cpu.kernel.BitCases;
import io.github.deit4j.cpu.kernel.Floats;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class BatchNormBitTest {
  private static final int ROUNDS = 2_000;

  /** Pixels of a case: a few, or now and then more than a block has. */
  private static int pixels(RandomGenerator random, int channels) {
    return random.nextInt(50) == 0 ? 9_000 / channels + 3 : random.nextInt(1, 30);
  }

  private static float[] numbers(RandomGenerator random, int channels) {
    float[] numbers = new float[channels];
    for (int c = 0; c < channels; c++) {
      numbers[c] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static Layer layer(RandomGenerator random, int channels) {
    return new Layer(
        channels,
        numbers(random, channels),
        numbers(random, channels),
        numbers(random, channels),
        random.nextBoolean());
  }

  @Test
  void sums(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      int channels = random.nextInt(1, 60);
      int pixels = pixels(random, channels);
      int from = random.nextInt(pixels + 1);
      float[] mean = numbers(random, channels);
      cases.compare(
          "batch norm sums, channels " + channels,
          Floats.randoms(random, 2L * channels, (long) pixels * channels),
          (kernels, x) -> {
            float[] sums = new float[2 * channels];
            kernels.batchNorm().sums(sums, 0, x[1], channels, from, pixels);
            kernels.batchNorm().squares(sums, channels, x[1], mean, channels, from, pixels);
            x[0].copyFrom(MemorySegment.ofArray(sums));
          });
    }
  }

  @Test
  void forward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      int channels = random.nextInt(1, 60);
      int pixels = pixels(random, channels);
      Layer layer = layer(random, channels);
      boolean residual = random.nextBoolean();
      long size = (long) pixels * channels;
      cases.compareRanges(
          "batch norm forward, channels " + channels,
          Floats.randoms(random, size, size, size),
          pixels,
          (kernels, x, from, to) ->
              kernels.batchNorm().forward(x[0], x[1], residual ? x[2] : null, layer, from, to));
    }
  }

  @Test
  void gradientSums(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      int channels = random.nextInt(1, 60);
      int pixels = pixels(random, channels);
      int from = random.nextInt(pixels + 1);
      Layer layer = layer(random, channels);
      boolean residual = random.nextBoolean();
      long size = (long) pixels * channels;
      cases.compare(
          "batch norm gradient sums, channels " + channels,
          Floats.randoms(random, channels, channels, size, size, size),
          (kernels, x) -> {
            float[] sums = new float[channels];
            float[] products = new float[channels];
            MemorySegment other = residual ? x[4] : null;
            kernels
                .batchNorm()
                .gradientSums(sums, products, 0, x[2], x[3], other, layer, from, pixels);
            x[0].copyFrom(MemorySegment.ofArray(sums));
            x[1].copyFrom(MemorySegment.ofArray(products));
          });
    }
  }

  @Test
  void backward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < ROUNDS; round++) {
      int channels = random.nextInt(1, 60);
      int pixels = pixels(random, channels);
      Layer layer = layer(random, channels);
      float[] slope = numbers(random, channels);
      float[] offset = numbers(random, channels);
      boolean residual = random.nextBoolean();
      long size = (long) pixels * channels;
      cases.compareRanges(
          "batch norm backward, channels " + channels,
          Floats.randoms(random, size, size, size, size, size),
          pixels,
          (kernels, x, from, to) ->
              kernels
                  .batchNorm()
                  .backward(
                      x[0],
                      residual ? x[1] : null,
                      x[2],
                      x[3],
                      residual ? x[4] : null,
                      slope,
                      offset,
                      layer,
                      from,
                      to));
    }
  }
}
