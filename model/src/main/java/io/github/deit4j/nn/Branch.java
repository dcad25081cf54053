package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.ResidualConnection;
import io.github.deit4j.tensor.Tensor;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A residual branch in a forward pass: {@code base + factors[image]·scale·f(x)}, with dropout
 * behind f and within. The layer that computes f ends with {@link #connection}.
 *
 * @param pass what it is part of
 * @param name of f, for observers
 * @param number of the branch in the model, two in each block
 * @param base what it is added to, [B, N, D]
 * @param factors of stochastic depth, one per image, or null for 1
 * @param scale LayerScale's parameter, [D], or null for 1
 */
@SuppressWarnings("ArrayRecordComponent") // drawn for one branch
public record Branch(
    ForwardPass pass, String name, int number, Tensor base, float[] factors, Parameter scale) {
  /** Returns the ops to compute with. */
  public Ops ops() {
    return pass.ops();
  }

  /** Shows a part of f to the observer, if there is one, for whom alone it is computed. */
  void observe(String part, Supplier<Tensor> tensor) {
    pass.observe(name + part, tensor);
  }

  /** Returns what is done to the hidden layer of f; null for nothing. */
  UnaryOperator<Tensor> hiddenDropout() {
    return pass.hasDropout() ? x -> pass.dropout(number / 2, 1, x) : null;
  }

  /** Returns how f's result joins the base. */
  ResidualConnection connection() {
    boolean direct = !pass.hasDropout() && !pass.isObserved();
    return new ResidualConnection(base, factors, scale, direct ? null : this::finish);
  }

  private Tensor finish(Tensor result) {
    Tensor dropped = pass.dropout(number / 2, 2 * (number % 2), result);
    pass.observe(name, dropped);
    return dropped;
  }
}
