package io.github.deit4j.vit;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.random.Philox;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The reference's initialisation (timm 0.3.2): linear weights, tokens and position embedding normal
 * with deviation 0.02, biases 0, normalisation 1 and 0, and the patch projection as PyTorch leaves
 * a convolution, uniform within ±1/√(channels·patch²), bias included. The reference truncates at
 * ±2, 100 deviations, which no draw reaches.
 */
final class ViTInit {
  private static final double DEVIATION = 0.02;

  /** Of DeiT III (facebookresearch/deit, models_v2.py). */
  private static final float LAYER_SCALE = 1e-4f;

  private ViTInit() {}

  /** Gives every parameter its first value; each has a random stream of its own. */
  static void initialize(List<Parameter> parameters, ViTConfig config, Backend backend, long seed) {
    double bound =
        1 / StrictMath.sqrt((double) config.channels() * config.patchSize() * config.patchSize());
    IntStream.range(0, parameters.size())
        .parallel()
        .forEach(
            index -> {
              Parameter parameter = parameters.get(index);
              Philox random = Purpose.INITIALIZATION.stream(seed, 0, index);
              write(backend, parameter.value(), source(parameter.name(), random, bound));
            });
  }

  @FunctionalInterface
  private interface Source {
    float next();
  }

  private static Source source(String name, Philox random, double bound) {
    if (name.startsWith("patch_embed.")) {
      return () -> (float) ((2 * random.nextDouble() - 1) * bound);
    }
    if (name.endsWith(".gamma")) {
      return () -> LAYER_SCALE;
    }
    if (name.contains("norm")) {
      float constant = name.endsWith(".weight") ? 1f : 0f;
      return () -> constant;
    }
    if (name.endsWith(".bias")) {
      return () -> 0f;
    }
    return () -> (float) (DEVIATION * random.nextGaussian());
  }

  private static void write(Backend backend, Tensor tensor, Source source) {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = source.next();
    }
    backend.write(tensor, MemorySegment.ofArray(values));
  }
}
