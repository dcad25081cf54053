package io.github.deit4j.bench.suite;

/** The parts of the suite, in the order in which a report shows them. */
public enum Section {
  /** An op of a training step alone, on operands of its own. */
  OP,
  /** The forward pass of a loaded model, from images in the host's memory to logits there. */
  INFERENCE,
  /** Forward, loss, backward, AdamW. */
  TRAIN_STEP,
  /** A training image's way from a JPEG file to pixels. */
  DATA,
  /** From the start of a process to its first result, or to full speed. */
  COLD_START
}
