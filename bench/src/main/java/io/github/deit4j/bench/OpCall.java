package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Cost;
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

  /** Returns what it costs at least. */
  public Cost cost() {
    return OpCost.of(op, operands.toArray());
  }
}
