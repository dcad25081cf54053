package io.github.deit4j.bench;

import io.github.deit4j.bench.SuiteReport.Settings;
import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Measures a plan round by round. Every trial has its turn once in each round, so that a cell's
 * rounds lie far apart, and what has been measured is on the disk after each trial.
 */
final class Suite {
  private static final double NANOS = 1e-9;

  /** The part of its kind's time that one contestant may take. */
  private static final double LARGEST = 0.5;

  /** Calls in a round: samples, the check, warming up. */
  private static final int CALLS = 10;

  private static final double USABLE_MEMORY = 0.8;

  /** A JVM with its libraries, for us and for each peer. */
  private static final long PROCESS = 1L << 30;

  @FunctionalInterface
  interface Runner {
    /** Measures one round within so many seconds; what cannot be measured is absent. */
    Findings.Part run(Trial trial, double seconds) throws InterruptedException;
  }

  private final List<Trial> plan;
  private final Settings settings;
  private final Findings findings;
  private final Runner runner;
  private final Path file;
  private final Consumer<String> say;
  private final BooleanSupplier stopped;
  private final LongSupplier clock;
  private final LongSupplier memory;
  private final long start;
  private final Set<Trial> dropped = new HashSet<>();
  private final Map<Trial, Double> seconds = new HashMap<>();

  /** Its clock tells nanoseconds, its memory the bytes that programs can get. */
  Suite(
      List<Trial> plan,
      Findings findings,
      Runner runner,
      Path file,
      Consumer<String> say,
      BooleanSupplier stopped,
      LongSupplier clock,
      LongSupplier memory) {
    this.plan = plan;
    this.settings = findings.settings();
    this.findings = findings;
    this.runner = runner;
    this.file = file;
    this.say = say;
    this.stopped = stopped;
    this.clock = clock;
    this.memory = memory;
    this.start = clock.getAsLong();
  }

  /**
   * Measures all that is not there yet.
   *
   * @return whether it came to the end; false if it was stopped
   */
  boolean run() throws IOException {
    for (int round = 1; round <= settings.rounds(); round++) {
      double roundStart = elapsed();
      for (Trial trial : plan) {
        if (stopped.getAsBoolean()) {
          return false;
        }
        boolean due = round == 1 || trial.kind() != Trial.Kind.BREAKDOWN;
        if (due && !dropped.contains(trial) && findings.rounds(trial) < round) {
          Trial able = trial.with(able(trial));
          if (able.contestants().isEmpty() || !isInTime(trial, round, roundStart)) {
            dropped.add(trial);
          } else if (!measure(trial, able, round, limit(trial, round, roundStart) - elapsed())) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private boolean isInTime(Trial trial, int round, double roundStart) {
    double needed = seconds.getOrDefault(trial, 0.0);
    if (elapsed() + needed < until(trial, round, roundStart)) {
      return true;
    }
    findings.addAbsence(
        trial.toString(),
        round == 1
            ? "this part's time was spent"
            : "only %d of %d rounds: the time was spent".formatted(round - 1, settings.rounds()));
    return false;
  }

  /** Returns until when the trial may begin: each kind has its share of the first round. */
  private double until(Trial trial, int round, double roundStart) {
    return round == 1
        ? roundStart + trial.kind().shareUntil() * roundBudget()
        : settings.budgetSeconds();
  }

  /**
   * Returns when the trial is ended: what begins in its kind's time may go on past it, for at most
   * half of what the round has left, since shares of a short round are shorter than any trial.
   */
  private double limit(Trial trial, int round, double roundStart) {
    double roundEnd = round == 1 ? roundStart + roundBudget() : settings.budgetSeconds();
    return Math.max(until(trial, round, roundStart), (elapsed() + roundEnd) / 2);
  }

  private double roundBudget() {
    return (double) settings.budgetSeconds() / settings.rounds();
  }

  /** Returns those that would take neither too long nor, together, too much memory. */
  private List<Contestant> able(Trial trial) {
    if (!trial.kind().isOfModels()) {
      return trial.contestants();
    }
    // There is one breakdown where time is short.
    double largest = trial.kind() == Trial.Kind.BREAKDOWN ? 1 : LARGEST;
    double time = largest * trial.kind().share * roundBudget();
    double bytes = USABLE_MEMORY * memory.getAsLong() - PROCESS;
    List<Contestant> able = new ArrayList<>();
    for (Contestant contestant : trial.contestants()) {
      Double image = findings.millisecondsPerImage(trial, contestant);
      double slow = image == null ? 0 : CALLS * image * trial.batch() * 1e-3;
      double large = (contestant.device() ? 0 : bytes(trial)) + (contestant.isPeer() ? PROCESS : 0);
      String why = null;
      if (slow > time) {
        why = "about %.0f s a round were needed, and at most %.0f s may be".formatted(slow, time);
      } else if (large > bytes) {
        why =
            "about %s of memory were needed, and %s are there"
                .formatted(ResultTable.gibibytes(large), ResultTable.gibibytes(bytes));
      } else {
        able.add(contestant);
        bytes -= large;
      }
      if (why != null) {
        findings.addAbsence(trial.with(List.of(contestant)).toString(), why);
      }
    }
    return able;
  }

  /**
   * Returns about how many bytes of the host's memory a model takes: its weights with gradients and
   * moments, or packed; and activations, 24 widths of each token for each block that is kept, in
   * arenas whose chunks double. A device says itself what does not fit.
   */
  static double bytes(Trial trial) {
    ViTConfig config = BenchmarkModels.transformer(trial.model());
    boolean trains = trial.kind() != Trial.Kind.INFERENCE;
    double weights = (trains ? 4 : 2) * (double) config.parameterCount();
    double block = (double) config.tokens() * config.width() * 24;
    double image = (double) config.channels() * config.imageSize() * config.imageSize();
    double activations = trial.batch() * (2 * image + (trains ? config.depth() + 2 : 2) * block);
    return Float.BYTES * (weights + 2 * activations);
  }

  private boolean measure(Trial trial, Trial able, int round, double left) throws IOException {
    double before = elapsed();
    long minutes = Math.round((settings.budgetSeconds() - before) / 60);
    say.accept(
        "round %d of %d, %d minutes left: %s".formatted(round, settings.rounds(), minutes, able));
    try {
      Findings.Part part = runner.run(able, left);
      findings.add(part);
      if (part.isEmpty()) {
        dropped.add(trial);
      }
      part.ceilings().forEach(each -> say.accept("  " + each.name() + ": " + each.shown()));
      for (Measurement each : part.measurements()) {
        String time = ResultTable.number(each.time().median());
        say.accept("  %s: %s ms".formatted(each.cell(), time));
      }
      part.absences().forEach(each -> say.accept("  not: " + each.what() + ": " + each.why()));
    } catch (InterruptedException e) {
      return false;
    }
    seconds.put(trial, elapsed() - before);
    AtomicFiles.writeString(file, findings.report().toJson());
    return true;
  }

  private double elapsed() {
    return (clock.getAsLong() - start) * NANOS;
  }
}
