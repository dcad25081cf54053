package io.github.deit4j.vit;

import io.github.deit4j.device.Backend;

/**
 * A data-efficient image transformer: a vision transformer with a class token and, if distilled, a
 * distillation token (Touvron et al. 2021, section 4).
 */
public final class DeiT extends VisionTransformer {
  /**
   * Creates a model with all parameters zero; {@link #initialize} or a file gives values.
   *
   * @param trainable whether there is room for gradients
   * @param dropPath rate of stochastic depth of the last block; grows linearly from 0 in the first
   */
  public DeiT(Backend backend, DeiTConfig config, boolean trainable, double dropPath) {
    super(backend, config, trainable, dropPath, false);
  }

  @Override
  public DeiTConfig config() {
    return (DeiTConfig) super.config();
  }
}
