package io.github.deit4j.recipe;

import io.github.deit4j.train.AdamW;
import io.github.deit4j.train.Sgd;

/** Which optimizer a recipe trains with. */
public enum OptimizerType {
  /** {@link AdamW}. */
  ADAMW,
  /** {@link Sgd}. */
  SGD
}
