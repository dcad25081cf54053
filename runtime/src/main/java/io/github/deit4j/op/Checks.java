package io.github.deit4j.op;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import java.util.Arrays;

/** Checks an op's operands at its entry, the same for every device. */
public final class Checks {
  private Checks() {}

  /**
   * Requires a float32 tensor with as many elements as the given sizes have together.
   *
   * @throws ShapeException naming op, operand, expectation and finding
   */
  public static void elements(String op, String operand, Tensor x, long... sizes) {
    type(op, operand, x, DType.F32);
    count(op, operand, x, sizes);
  }

  private static void count(String op, String operand, Tensor x, long... sizes) {
    long expected = Arrays.stream(sizes).reduce(1, Math::multiplyExact);
    if (x.elements() != expected) {
      throw new ShapeException(
          "%s: %s has shape %s, expected %d elements %s"
              .formatted(op, operand, x.shape(), expected, Arrays.toString(sizes)));
    }
  }

  /**
   * Requires what {@link #elements} does, but the type may also be that of the device's factors, of
   * a tensor of which each row has an even number of elements.
   *
   * @param width of a row
   */
  static void factor(String op, String operand, Tensor x, OpRunner runner, long rows, int width) {
    if (x.dtype() == DType.F32 || x.dtype() != runner.factorType()) {
      elements(op, operand, x, rows, width);
      return;
    }
    that(width % 2 == 0, op, "an even width of " + operand, x);
    count(op, operand, x, rows, width);
  }

  /**
   * Requires float32 tensors with as many elements as the first has.
   *
   * @return their number
   */
  static long same(String op, Tensor... operands) {
    long count = operands[0].elements();
    for (Tensor each : operands) {
      elements(op, "operand", each, count);
    }
    return count;
  }

  /** Requires a tensor of exactly this element type and shape. */
  public static void exactly(String op, String operand, Tensor x, DType dtype, Shape shape) {
    type(op, operand, x, dtype);
    if (!x.shape().equals(shape)) {
      throw new ShapeException(
          "%s: %s has shape %s, expected %s".formatted(op, operand, x.shape(), shape));
    }
  }

  /** Requires a float32 tensor with the given number of dimensions. */
  public static void rank(String op, String operand, Tensor x, int rank) {
    type(op, operand, x, DType.F32);
    if (x.shape().rank() != rank) {
      throw new ShapeException(
          "%s: %s has shape %s, expected %d dimensions".formatted(op, operand, x.shape(), rank));
    }
  }

  /**
   * Requires rows of a float32 tensor that have the given width.
   *
   * @return their number
   */
  static int rows(String op, String operand, Tensor x, int width) {
    that(width > 0, op, "rows of at least one number in " + operand, x);
    int rows = Math.toIntExact(x.elements() / width);
    elements(op, operand, x, rows, width);
    return rows;
  }

  /** Requires what {@link #rows} does, of a {@link #factor}. */
  static int factorRows(String op, String operand, Tensor x, OpRunner runner, int width) {
    that(width > 0, op, "rows of at least one number in " + operand, x);
    int rows = Math.toIntExact(x.elements() / width);
    factor(op, operand, x, runner, rows, width);
    return rows;
  }

  /** Requires a condition between operands. */
  public static void that(boolean condition, String op, String expectation, Tensor found) {
    if (!condition) {
      throw new ShapeException("%s: expected %s, found %s".formatted(op, expectation, found));
    }
  }

  private static void type(String op, String operand, Tensor x, DType dtype) {
    if (x.dtype() != dtype) {
      throw new ShapeException(
          "%s: %s has element type %s, expected %s".formatted(op, operand, x.dtype(), dtype));
    }
  }
}
