package io.github.deit4j.distill;

/** What is learned from a teacher. */
public enum DistillationType {
  /** Nothing. */
  NONE,
  /** Its probabilities at a temperature: Kullback–Leibler divergence (paper, equation 2). */
  SOFT,
  /** Its decision: cross entropy with its most probable class (paper, equation 3). */
  HARD,
  /**
   * Nothing of a teacher, but the labels once more: with a distillation token, the paper's control
   * of a second class token (section 5.2).
   */
  LABELS;

  /** Returns whether there has to be a teacher. */
  public boolean needsTeacher() {
    return this == SOFT || this == HARD;
  }
}
