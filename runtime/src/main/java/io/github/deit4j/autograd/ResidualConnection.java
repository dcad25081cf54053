package io.github.deit4j.autograd;

import io.github.deit4j.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * What a branch of a network is added to, and what is done to it before: {@code base +
 * factors[image]·scale[channel]·between(branch)}; {@link io.github.deit4j.op.Residual} says where
 * this comes from.
 *
 * @param base [B, .., D]
 * @param factors one per image, as stochastic depth draws them; null for 1
 * @param scale [D], LayerScale's parameter; null for 1
 * @param between what is done to the branch first, such as dropout; null for nothing, and then the
 *     sum is made while the branch's last product is in the cache
 */
@SuppressWarnings("ArrayRecordComponent") // drawn for one op
public record ResidualConnection(
    Tensor base, float[] factors, Parameter scale, UnaryOperator<Tensor> between) {
  /** Returns the connection with factors alone. */
  public ResidualConnection(Tensor base, float[] factors) {
    this(base, factors, null, null);
  }
}
