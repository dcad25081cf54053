package io.github.deit4j.bench.cases;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * What an op computes, said with functions that other libraries have, for those who compute the
 * same with other means.
 *
 * @param function the outermost, by its name in PyTorch where it has one there; one that updates
 *     tensors gives the first of them
 * @param operands tensors of ours, lists of them, numbers, other references; some may be null
 */
public record Reference(String function, List<Object> operands) {
  static Reference of(String function, Object... operands) {
    return new Reference(function, Collections.unmodifiableList(Arrays.asList(operands)));
  }

  /** Returns an operand. */
  public Object at(int index) {
    return operands.get(index);
  }

  /** Returns an operand that is a number. */
  public double number(int index) {
    return ((Number) operands.get(index)).doubleValue();
  }
}
