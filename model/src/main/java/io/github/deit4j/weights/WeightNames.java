package io.github.deit4j.weights;

import io.github.deit4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Map;

/** Comparison of a weight file's tensors with a model's parameters. */
public final class WeightNames {
  /** Of PyTorch's batch normalisation; nothing reads it where the momentum is constant. */
  private static final String BATCH_COUNTER = ".num_batches_tracked";

  private WeightNames() {}

  /**
   * Checks that a file has exactly the expected tensors, with floating-point elements; PyTorch's
   * counters of batches may be there too.
   *
   * @param expected the model's parameters and their shapes
   * @throws WeightMismatchException if any tensor is missing, unexpected, or has another shape or
   *     an element type that is no floating-point number; lists them all
   */
  public static void check(Map<String, Shape> expected, WeightFile file)
      throws WeightMismatchException {
    var differences = new ArrayList<String>();
    expected.forEach(
        (name, shape) -> {
          var tensor = file.tensors().get(name);
          if (tensor == null) {
            differences.add("missing: \"%s\" %s".formatted(name, shape));
            return;
          }
          if (!tensor.shape().equals(shape)) {
            differences.add(
                "shape of \"%s\": expected %s, found %s".formatted(name, shape, tensor.shape()));
          }
          if (!tensor.isFloatingPoint()) {
            differences.add(
                "element type of \"%s\": expected floating point, found %s"
                    .formatted(name, tensor.dtype()));
          }
        });
    file.tensors()
        .forEach(
            (name, tensor) -> {
              if (!expected.containsKey(name) && !name.endsWith(BATCH_COUNTER)) {
                differences.add("unexpected: \"%s\" %s".formatted(name, tensor.shape()));
              }
            });
    if (!differences.isEmpty()) {
      throw new WeightMismatchException(file.path(), differences);
    }
  }
}
