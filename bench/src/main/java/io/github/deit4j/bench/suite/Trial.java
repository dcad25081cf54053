package io.github.deit4j.bench.suite;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What is measured together, in one JVM: contestants that take turns at the same work.
 *
 * @param model registered name; null where there is none
 * @param batch images
 * @param threads on the host
 */
record Trial(Kind kind, String model, int batch, int threads, List<Contestant> contestants) {
  /**
   * What is measured, in this order: first what takes little time, so that nothing of it is left
   * out for what takes much.
   */
  enum Kind {
    /** The limits of the hardware: the best of all rounds, lest one noisy moment set them. */
    CEILINGS(null, null),
    /** An image's way from a file. */
    DATA(Section.DATA, null),
    /** The command for one image, from its start to its end. */
    PREDICT(Section.COLD_START, "predict"),
    /** From the start of a JVM to the first training step at full speed. */
    FULL_SPEED(Section.COLD_START, "until_full_training_speed"),
    /** Every op of a step. */
    OPS(Section.OP, null),
    /** The forward pass. */
    INFERENCE(Section.INFERENCE, null),
    /** An optimizer step. */
    TRAIN_STEP(Section.TRAIN_STEP, null),
    /** An optimizer step, op by op; once. */
    BREAKDOWN(null, null);

    private final Section section;
    private final String op;

    Kind(Section section, String op) {
      this.section = section;
      this.op = op;
    }

    /** Returns whether one round is enough. */
    boolean once() {
      return this == BREAKDOWN;
    }

    Section section() {
      return section;
    }

    /** Returns the op of all its cells; null if they have none, or several. */
    String op() {
      return op;
    }
  }

  Trial {
    contestants = List.copyOf(contestants);
  }

  Trial with(List<Contestant> others) {
    return new Trial(kind, model, batch, threads, others);
  }

  /** Returns whether the cell is one of this trial's. */
  boolean covers(Cell cell) {
    return cell.section() == kind.section()
        && cell.batch() == batch
        && cell.threads() == threads
        && (model == null ? cell.model() == null : model.equals(cell.model()))
        && (kind.op() == null || kind.op().equals(cell.op()))
        && contestants.contains(new Contestant(cell.backend(), cell.precision()));
  }

  /** Returns one line that names it. */
  @Override
  public String toString() {
    return "%s%s, batch %d, %d thread%s: %s"
        .formatted(
            kind.name().toLowerCase(Locale.ROOT).replace('_', ' '),
            model == null ? "" : " of " + model,
            batch,
            threads,
            threads == 1 ? "" : "s",
            contestants.stream().map(Contestant::toString).collect(Collectors.joining(", ")));
  }
}
