package io.github.deit4j.train;

/** Which optimizer a recipe trains with. */
public enum OptimizerType {
  /** {@link AdamW}. */
  ADAMW,
  /** {@link Sgd}. */
  SGD
}
