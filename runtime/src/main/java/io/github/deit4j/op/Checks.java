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

  /**
   * Requires what {@link #elements} does, but the type may also be that of the device's {@link
   * OpRunner#activationType activations}.
   */
  static void activation(String op, String operand, Tensor x, OpRunner runner, long... sizes) {
    if (x.dtype() != runner.activationType()) {
      type(op, operand, x, DType.F32);
    }
    count(op, operand, x, sizes);
  }

  /** Requires the type of another tensor, and as many elements. */
  static void like(String op, String operand, Tensor x, Tensor other) {
    type(op, operand, x, other.dtype());
    count(op, operand, x, other.elements());
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
   * Requires what {@link #activation} does, but the type may also be that of the device's factors,
   * of a tensor of which each row has an even number of elements.
   *
   * @param width of a row
   */
  static void factor(String op, String operand, Tensor x, OpRunner runner, long rows, int width) {
    boolean factor = x.dtype() == runner.factorType();
    if (x.dtype() == DType.F32 || x.dtype() == runner.activationType() || !factor) {
      activation(op, operand, x, runner, rows, width);
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
    type(op, "operand", operands[0], DType.F32);
    return alike(op, operands);
  }

  /** Requires what {@link #same} does, of {@link #activation activations} of one type. */
  static long same(String op, OpRunner runner, Tensor... operands) {
    activation(op, "operand", operands[0], runner, operands[0].elements());
    return alike(op, operands);
  }

  private static long alike(String op, Tensor... operands) {
    for (Tensor each : operands) {
      like(op, "operand", each, operands[0]);
    }
    return operands[0].elements();
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
    dimensions(op, operand, x, rank);
  }

  static void dimensions(String op, String operand, Tensor x, int rank) {
    if (x.shape().rank() != rank) {
      throw new ShapeException(
          "%s: %s has shape %s, expected %d dimensions".formatted(op, operand, x.shape(), rank));
    }
  }

  /**
   * Requires rows of an {@link #activation} that have the given width.
   *
   * @return their number
   */
  static int rows(String op, String operand, Tensor x, OpRunner runner, int width) {
    that(width > 0, op, "rows of at least one number in " + operand, x);
    int rows = Math.toIntExact(x.elements() / width);
    activation(op, operand, x, runner, rows, width);
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

  /** Requires an element type. */
  static void type(String op, String operand, Tensor x, DType dtype) {
    if (x.dtype() != dtype) {
      throw new ShapeException(
          "%s: %s has element type %s, expected %s".formatted(op, operand, x.dtype(), dtype));
    }
  }
}
