package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.tensor.Tensor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A call of a backend's op, for those who do the same with other means.
 *
 * @param op the backend's method
 * @param operands as given to it; some may be null
 */
public record OpCall(String op, List<Object> operands) {
  OpCall(String op, Object... operands) {
    this(op, Collections.unmodifiableList(Arrays.asList(operands.clone())));
  }

  /** Returns the tensor that takes what the op is called for. */
  Tensor result() {
    boolean lossFirst = op.equals("crossEntropy") || op.equals("divergence");
    return (Tensor) operands.get(lossFirst ? 1 : 0);
  }

  /**
   * Returns the operands with the parts of records, such as an epilogue's, in the place of the
   * records.
   */
  public List<Object> parts() {
    List<Object> parts = new ArrayList<>();
    operands.forEach(operand -> addParts(operand, parts));
    return parts;
  }

  private static void addParts(Object operand, List<Object> to) {
    if (!(operand instanceof Record together) || operand instanceof AdamWStep) {
      to.add(operand);
      return;
    }
    for (RecordComponent component : together.getClass().getRecordComponents()) {
      try {
        addParts(component.getAccessor().invoke(together), to);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("operand " + together, e);
      }
    }
  }

  /** Returns what it costs at least. */
  public Cost cost() {
    return OpCost.of(op, operands.toArray());
  }
}
