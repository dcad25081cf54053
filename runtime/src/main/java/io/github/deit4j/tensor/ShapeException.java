package io.github.deit4j.tensor;

/** A tensor has another shape, element type or memory than an operation needs. */
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that names operand, expectation and finding. */
  public ShapeException(String message) {
    super(message);
  }
}
