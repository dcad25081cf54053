package io.github.deit4j.bench.measure;

import io.github.deit4j.device.Precision;
import java.util.List;
import java.util.Locale;

/**
 * What one measurement is about, and by what those of two reports are paired.
 *
 * @param backend {@code cpu}, {@code openblas}, {@code cuda:0} or {@code peer:NAME}
 * @param model registered name; null for the data path
 * @param op what is done, of a step's ops {@code PART/OP}; null for whole models
 * @param shape of a product {@code [m, n, k]}, of an op its result, else the images
 * @param device whether the backend has memory and ceilings of its own
 */
public record Cell(
    Section section,
    String backend,
    Precision precision,
    String model,
    String op,
    int batch,
    List<Integer> shape,
    int threads,
    boolean device) {
  /** The kinds of measurements, in the order in which a report shows them. */
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
    COLD_START;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Returns the op, and of whole models what they do. */
  public String what() {
    return op == null ? section.id() : op;
  }

  /** Returns what computes, with its precision where a device has several: {@code cuda:0 bf16}. */
  public String contender() {
    return device ? backend + " " + precision.key() : backend;
  }

  /** Returns one line that names the cell. */
  @Override
  public String toString() {
    return "%s%s%s, batch %d, %d thread%s, %s"
        .formatted(
            section.id(),
            op == null ? "" : " " + op,
            model == null ? "" : " of " + model,
            batch,
            threads,
            threads == 1 ? "" : "s",
            contender());
  }
}
