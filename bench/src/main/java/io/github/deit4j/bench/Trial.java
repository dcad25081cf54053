package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.ModelCase;
import io.github.deit4j.bench.cases.Peer.Library;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.vit.DeiTFamily;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
    boolean infers = kind == Kind.INFERENCE;
    return new ModelCase(model, infers ? Section.INFERENCE : Section.TRAIN_STEP, batch);
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

  /** What a suite measures, the most wanted first within each kind. */
  static final class Plan {
    private static final String TINY = "deit_tiny_distilled_patch16_224";
    private static final String SMALL = "deit_small_distilled_patch16_224";
    private static final String BASE = "deit_base_distilled_patch16_224";

    /** The models that are measured at most batches; the other forms differ little or much. */
    private static final List<String> MAIN = List.of(TINY, SMALL, BASE);

    private final List<Integer> threads;
    private final List<Trial> trials = new ArrayList<>();

    private Plan(List<Integer> threads) {
      this.threads = threads;
    }

    /** Returns 1, 2, 4 … and the number of processors itself. */
    static List<Integer> threadCounts(int processors) {
      return IntStream.concat(
              IntStream.iterate(1, n -> n < processors, n -> 2 * n), IntStream.of(processors))
          .boxed()
          .toList();
    }

    /**
     * Returns the trials.
     *
     * @param threads the thread counts of the scaling, the last of everything else
     */
    static List<Trial> of(boolean quick, List<Integer> threads, List<Contestant> contestants) {
      Plan plan = new Plan(threads);
      List<Contestant> cpu = List.of(Contestant.CPU);
      List<Contestant> ours = contestants.stream().filter(each -> !each.isPeer()).toList();
      List<Contestant> host = ours.stream().filter(each -> !each.device()).toList();
      List<Contestant> devices = ours.stream().filter(Contestant::device).toList();
      List<Contestant> inferring = able(contestants, Section.INFERENCE);
      List<Contestant> training = able(contestants, Section.TRAIN_STEP);
      List<Contestant> others = quick ? ours : inferring;
      List<String> all = DeiTFamily.INSTANCE.models();

      threads.reversed().forEach(team -> plan.add(Kind.CEILINGS, null, 1, team, cpu));
      // A device's limits do not depend on the host's threads.
      plan.add(Kind.CEILINGS, null, 0, 1, devices);
      threads.forEach(team -> plan.add(Kind.DATA, null, team, team, cpu));
      plan.add(Kind.PREDICT, List.of(TINY), cpu, 1);
      plan.add(Kind.FULL_SPEED, List.of(TINY), cpu, 8);

      plan.add(Kind.OPS, List.of(SMALL), ours, 8);
      plan.add(Kind.OPS, List.of(TINY), ours, 1);

      plan.add(Kind.INFERENCE, MAIN, inferring, 1, 8);
      plan.scale(Kind.INFERENCE, quick);
      plan.add(Kind.INFERENCE, all, others, 1);
      plan.add(Kind.INFERENCE, List.of(TINY, SMALL), others, 32);
      plan.add(Kind.INFERENCE, List.of(TINY), others, 2, 4, 16, 64, 128, 256);

      plan.add(Kind.TRAIN_STEP, List.of(TINY, SMALL), training, 8);
      plan.scale(Kind.TRAIN_STEP, quick);
      plan.add(Kind.TRAIN_STEP, List.of(BASE), ours, 1);
      plan.add(Kind.BREAKDOWN, List.of(SMALL), quick ? cpu : host, 8);
      if (!quick) {
        plan.add(Kind.OPS, MAIN, ours, 1, 8, 32);
        plan.add(Kind.INFERENCE, all, others, 8, 32, 2, 4, 16, 64, 128, 256);
        plan.add(Kind.TRAIN_STEP, all, training, 1, 8, 32, 64, 128, 256);
        plan.add(Kind.BREAKDOWN, List.of(TINY, BASE), host, 8);
      }
      return plan.trials.stream().sorted(Comparator.comparing(Trial::kind)).toList();
    }

    private static List<Contestant> able(List<Contestant> contestants, Section section) {
      List<Contestant> peers = Library.of(section).stream().map(Library::contestant).toList();
      return contestants.stream().filter(each -> !each.isPeer() || peers.contains(each)).toList();
    }

    private void add(Kind kind, List<String> models, List<Contestant> who, int... batches) {
      for (int batch : batches) {
        models.forEach(model -> add(kind, model, batch, threads.getLast(), who));
      }
    }

    /** Adds a trial, unless the same work is in the plan already. */
    private void add(Kind kind, String model, int batch, int team, List<Contestant> who) {
      Trial trial = new Trial(kind, model, batch, team, who);
      if (!who.isEmpty() && trials.stream().noneMatch(each -> each.with(who).equals(trial))) {
        trials.add(trial);
      }
    }

    private void scale(Kind kind, boolean quick) {
      for (int team : threads.subList(0, threads.size() - 1).reversed()) {
        for (String model : quick ? List.of(TINY) : List.of(TINY, SMALL)) {
          add(kind, model, 8, team, List.of(Contestant.CPU));
        }
      }
    }
  }
}
