package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.ModelCase;
import io.github.deit4j.bench.cases.ModelCase.Mode;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** What is measured together, in one JVM: contestants that take turns at the same work. */
record Trial(Kind kind, String model, int batch, int threads, List<Contestant> contestants) {
  /**
   * What is measured, in this order: first what takes little time, so that nothing of it is left
   * out for what takes much.
   */
  enum Kind {
    /** The limits of the hardware: the best of all rounds, lest one noisy moment set them. */
    CEILINGS(null, null, 0.06),
    DATA(Section.DATA, null, 0.04),
    /** The command for one image, from its start to its end. */
    PREDICT(Section.COLD_START, "predict", 0.05),
    /** From the start of a JVM to the first training step at full speed. */
    FULL_SPEED(Section.COLD_START, "until_full_training_speed", 0.05),
    OPS(Section.OP, null, 0.16),
    INFERENCE(Section.INFERENCE, null, 0.34),
    TRAIN_STEP(Section.TRAIN_STEP, null, 0.18),
    /** An optimizer step, op by op; once. */
    BREAKDOWN(null, null, 0.12);

    final Section section;

    /** Of all its cells; null if they have none, or several. */
    final String op;

    /** The part of a round's time that it may take; the next may use what it leaves. */
    final double share;

    Kind(Section section, String op, double share) {
      this.section = section;
      this.op = op;
      this.share = share;
    }

    /** Returns the share of the kind and all before it. */
    double shareUntil() {
      double until = 0;
      for (Kind each : values()) {
        until += each.compareTo(this) <= 0 ? each.share : 0;
      }
      return until;
    }

    /** Returns whether each contestant of the kind opens a model and takes its own time. */
    boolean isOfModels() {
      return this == INFERENCE || this == TRAIN_STEP || this == BREAKDOWN;
    }
  }

  Trial with(List<Contestant> others) {
    return new Trial(kind, model, batch, threads, others);
  }

  ModelCase modelCase() {
    Mode mode = kind == Kind.INFERENCE ? Mode.INFERENCE : Mode.TRAIN_STEP;
    return new ModelCase(model, mode, batch);
  }

  Cell cell(Contestant contestant, String op, List<Integer> shape) {
    return contestant.cell(kind.section, model, op, batch, shape, threads);
  }

  boolean covers(Cell cell) {
    return cell.batch() == batch
        && cell.threads() == threads
        && contestants.stream().anyMatch(contestant -> resembles(cell, contestant));
  }

  /** Returns whether the cell is the same work of a contestant, at any batch on any threads. */
  boolean resembles(Cell cell, Contestant contestant) {
    return cell.section() == kind.section
        && Objects.equals(model, cell.model())
        && (kind.op == null || kind.op.equals(cell.op()))
        && contestant.backend().equals(cell.backend())
        && contestant.precision() == cell.precision();
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
