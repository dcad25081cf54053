package io.github.deit4j.train;

/** Training gave a loss or gradient that is no finite number. The last checkpoint is kept. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what was found after a step, counted from 1, instead of finite numbers. */
  DivergedException(int step, String expected, String found) {
    super(
        ("step %d: expected %s, found %s; the step was not taken over and the last checkpoint is"
                + " kept: lower lr, set clip, or look at the data")
            .formatted(step, expected, found));
  }
}
