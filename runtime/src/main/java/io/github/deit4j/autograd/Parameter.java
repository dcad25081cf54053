package io.github.deit4j.autograd;

import io.github.deit4j.tensor.Tensor;
import java.util.Objects;

/**
 * A named tensor of a model, with its gradient if it is to be trained.
 *
 * @param name timm's name of the tensor, such as {@code blocks.0.attn.qkv.weight}
 * @param value the numbers
 * @param gradient where gradients add up, of the value's shape; null if it is not trained
 */
public record Parameter(String name, Tensor value, Tensor gradient) {
  /** Requires name and numbers. */
  public Parameter {
    Objects.requireNonNull(name);
    Objects.requireNonNull(value);
  }

  /** Returns whether gradients are wanted. */
  public boolean trainable() {
    return gradient != null;
  }

  /** Returns name and shape. */
  @Override
  public String toString() {
    return name + " " + value.shape();
  }
}
