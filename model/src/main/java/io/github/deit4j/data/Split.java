package io.github.deit4j.data;

/** The part of a data set to read. */
public enum Split {
  /** The images to train on. */
  TRAIN,
  /** The images to evaluate on. */
  TEST
}
