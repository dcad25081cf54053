package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * An op on operands of a model's sizes.
 *
 * @param op the backend's method
 * @param part where in the model it stands
 * @param shape of its result
 * @param call calls it
 */
public record OpCase(String op, String part, Shape shape, Consumer<Backend> call) {
  private static final String SEPARATOR = "/";

  /** Returns the sizes of the result. */
  public List<Integer> sizes() {
    return Arrays.stream(shape.sizes()).boxed().toList();
  }

  /** Returns what tells it from the other cases of a model, such as {@code fc1/linear}. */
  public String name() {
    return part + SEPARATOR + op;
  }

  /** Calls the op once and returns how. */
  public OpCall observed(Backend backend) {
    OpCall[] seen = new OpCall[1];
    backend.observe((name, operands, nanos) -> seen[0] = new OpCall(name, operands));
    call.accept(backend);
    backend.observe(null);
    return seen[0];
  }

  /** Returns the part of the model in a case's name. */
  static String part(String name) {
    return name.split(SEPARATOR, 2)[0];
  }

  /** Returns the case of that name. */
  static OpCase find(List<OpCase> cases, String name) {
    return cases.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "op '%s' has no case: expected PART/OP, in this part one of %s"
                        .formatted(name, cases.stream().map(OpCase::name).toList())));
  }
}
