package io.github.deit4j.autograd;

import io.github.deit4j.tensor.Tensor;
import java.util.Objects;

/** A named tensor of a model, with its gradient if it is to be trained. */
public final class Parameter {
  private final String name;
  private final Tensor value;
  private final Tensor gradient;

  /**
   * Creates a parameter.
   *
   * @param name timm's name of the tensor, such as {@code blocks.0.attn.qkv.weight}
   * @param value the numbers
   * @param gradient where gradients add up, of the value's shape; null if it is not trained
   */
  public Parameter(String name, Tensor value, Tensor gradient) {
    this.name = Objects.requireNonNull(name);
    this.value = Objects.requireNonNull(value);
    this.gradient = gradient;
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns the numbers. */
  public Tensor value() {
    return value;
  }

  /** Returns where gradients add up, or null if this parameter is not trained. */
  public Tensor gradient() {
    return gradient;
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
