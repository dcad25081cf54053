package io.github.deit4j.train;

/** Training gave a loss or gradient that is no finite number. The last good checkpoint is kept. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception for a step, counted from 1. */
  DivergedException(int step, double loss, double gradientNorm) {
    super(
        ("step %d: expected a finite loss and gradient, found loss %s and gradient norm %s; the"
                + " step was not taken and the last checkpoint is kept: lower lr, set clip, or look"
                + " at the data")
            .formatted(step, loss, gradientNorm));
  }
}
