package io.github.deit4j.vit;

import io.github.deit4j.device.Backend;

/**
 * A vision transformer of DeiT III (Touvron et al. 2022, "DeiT III: Revenge of the ViT"): a class
 * token without a position, and layer scale (Touvron et al. 2021, "Going deeper with image
 * transformers", section 2).
 */
final class DeiT3 extends VisionTransformer {
  DeiT3(Backend backend, DeiT3Config config, boolean trainable, double dropPath) {
    super(backend, config, trainable, dropPath, true);
  }
}
