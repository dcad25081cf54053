package io.github.deit4j.distill;

/** What the soft distillation loss, a sum over images and classes, is divided by. */
public enum SoftReduction {
  /** Images times classes, as the reference code does. */
  ELEMENT,
  /** Images, as the paper's formula reads. */
  IMAGE
}
