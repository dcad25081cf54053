package io.github.deit4j.bench;

import io.github.deit4j.backend.Backend;
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
record OpCase(String op, String part, Shape shape, Consumer<Backend> call) {
  List<Integer> sizes() {
    return Arrays.stream(shape.sizes()).boxed().toList();
  }
}
