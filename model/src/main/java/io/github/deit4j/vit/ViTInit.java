package io.github.deit4j.vit;

import io.github.deit4j.random.Philox;
import java.util.function.DoubleSupplier;

/**
 * The reference's initialisation (timm 0.3.2): linear weights, tokens and position embedding normal
 * with deviation 0.02, biases 0, normalisation 1 and 0, and the patch projection as PyTorch leaves
 * a convolution, uniform within ±1/√(channels·patch²), bias included. The reference truncates at
 * ±2, 100 deviations, which no draw reaches.
 */
final class ViTInit {
  private static final double DEVIATION = 0.02;

  /** Of DeiT III (facebookresearch/deit, models_v2.py). */
  private static final double LAYER_SCALE = 1e-4;

  private ViTInit() {}

  /** Returns what gives a parameter's elements. */
  static DoubleSupplier elements(ViTConfig config, String name, Philox random) {
    if (name.startsWith("patch_embed.")) {
      double bound =
          1 / StrictMath.sqrt((double) config.channels() * config.patchSize() * config.patchSize());
      return () -> (2 * random.nextDouble() - 1) * bound;
    }
    if (name.endsWith(".gamma")) {
      return () -> LAYER_SCALE;
    }
    if (name.contains("norm")) {
      double constant = name.endsWith(".weight") ? 1 : 0;
      return () -> constant;
    }
    return name.endsWith(".bias") ? () -> 0 : () -> DEVIATION * random.nextGaussian();
  }
}
