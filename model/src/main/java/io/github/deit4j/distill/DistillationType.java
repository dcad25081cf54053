package io.github.deit4j.distill;

/** What is learned from a teacher. */
public enum DistillationType {
  /** Nothing. */
  NONE,
  /** Its probabilities at a temperature: Kullback–Leibler divergence (paper, equation 2). */
  SOFT,
  /** Its decision: cross entropy with its most probable class (paper, equation 3). */
  HARD
}
