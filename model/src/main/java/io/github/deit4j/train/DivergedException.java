package io.github.deit4j.train;

/** Training gave a loss or gradient that is no finite number. The last checkpoint is kept. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final String REMEDY =
      " was not taken over and the last checkpoint is kept: lower lr, set clip, or look at the"
          + " data";

  private DivergedException(String message) {
    super(message);
  }

  /** Returns the exception for a step, counted from 1, whose gradients are of no use. */
  static DivergedException inStep(int step, double loss, double gradientNorm) {
    return new DivergedException(
        "step %d: expected a finite loss and gradient, found loss %s and gradient norm %s; the step"
                .formatted(step, loss, gradientNorm)
            + REMEDY);
  }

  /** Returns the exception for a step, counted from 1, after which the model is of no use. */
  static DivergedException inEvaluation(int step, double loss) {
    return new DivergedException(
        "step %d: expected a finite loss on the test images after it, found %s; the step"
                .formatted(step, loss)
            + REMEDY);
  }
}
