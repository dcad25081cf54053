package io.github.deit4j.recipe;

/** What shares one draw of mixup or CutMix. */
public enum MixupMode {
  /** All images of the effective batch. */
  BATCH,
  /** An image and its partner. */
  PAIR,
  /** Nothing: each image has its own. */
  ELEM
}
