package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.cases.ReferenceLibrary.Reference;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * An op on operands of a model's sizes.
 *
 * @param part where in the model it stands
 * @param op its name
 * @param cost of a call
 * @param result takes what it is called for
 * @param call calls it
 * @param reference what it is in other libraries, if most of a step's time consists of this and a
 *     few others; else null
 */
public record OpCase(
    String part, String op, Cost cost, Tensor result, Consumer<Backend> call, Reference reference) {
  /** At the end of a part whose weights are laid out beforehand, as a loaded model's are. */
  public static final String PREPARED = "-prepared";

  /** Returns what tells it from the other cases of a model, such as {@code fc1/linear}. */
  public String name() {
    return part + "/" + op;
  }

  /** Returns whether it is one of those of which most of a step's time consists. */
  public boolean main() {
    return reference != null;
  }

  /** Returns whether the weight is laid out beforehand. */
  public boolean prepared() {
    return part.endsWith(PREPARED);
  }

  /** Returns the sizes of the result. */
  public List<Integer> sizes() {
    return Arrays.stream(result.shape().sizes()).boxed().toList();
  }
}
