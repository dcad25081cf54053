package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.kernel.LayerScaleKernel.Factors;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Seed.class)
class LayerScaleBitTest {
  /** Images with a factor each, of some rows. */
  private static Factors factors(RandomGenerator random) {
    float[] perImage = new float[random.nextInt(1, 4)];
    for (int i = 0; i < perImage.length; i++) {
      perImage[i] = random.nextInt(3) == 0 ? 0 : (float) random.nextGaussian();
    }
    return new Factors(perImage, random.nextInt(1, 5));
  }

  private static int rows(Factors factors) {
    return factors.perImage().length * factors.rows();
  }

  private static float[] scale(RandomGenerator random) {
    float[] scale = new float[random.nextInt(1, 150)];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = (float) random.nextGaussian();
    }
    return scale;
  }

  @Test
  void add(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      Factors factors = factors(random);
      float[] scale = scale(random);
      int size = rows(factors) * scale.length;
      int base = random.nextInt(2);
      cases.compareRanges(
          "layer scale, width " + scale.length,
          Floats.randoms(random, size, size, size),
          rows(factors),
          (kernels, x, from, to) ->
              kernels.layerScale().add(x[0], x[base], x[2], scale, factors, from, to));
    }
  }

  @Test
  void backward(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      Factors factors = factors(random);
      float[] scale = scale(random);
      int size = rows(factors) * scale.length;
      cases.compareRanges(
          "layer scale backward, width " + scale.length,
          Floats.randoms(random, size, size),
          rows(factors),
          (kernels, x, from, to) ->
              kernels.layerScale().backward(x[0], x[1], scale, factors, from, to));
    }
  }

  @Test
  void scaleGradient(RandomGenerator random) {
    var cases = new BitCases(random);
    for (int round = 0; round < BitCases.ROUNDS; round++) {
      Factors factors = factors(random);
      int width = random.nextInt(1, 150);
      int size = rows(factors) * width;
      MemorySegment[] operands = Floats.randoms(random, width, size, size);
      cases.compareRanges(
          "layer scale gradient, width " + width,
          operands,
          width,
          (kernels, x, from, to) ->
              kernels.layerScale().scaleGradient(x[0], x[1], x[2], width, factors, from, to));
    }
  }
}
