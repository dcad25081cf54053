package io.github.deit4j.bench.suite;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Measures a plan round by round. Every trial has its turn once in each round, so that a cell's
 * rounds lie far apart, and what has been measured is on the disk after each trial.
 */
final class Suite {
  private static final double NANOS = 1e-9;

  private final List<Trial> plan;
  private final Settings settings;
  private final Results results;
  private final TrialRunner runner;
  private final Path file;
  private final Progress progress;
  private final BooleanSupplier stopped;
  private final LongSupplier clock;
  private final Estimate estimate;
  private final MemoryCheck memory;
  private final long start;

  /** What is left out for all rounds. */
  private final Set<Trial> dropped = new HashSet<>();

  private final Map<Trial, Double> seconds = new HashMap<>();

  /**
   * Creates a suite.
   *
   * @param results empty, or those of a run that was stopped
   * @param file the report, written after each trial
   * @param stopped whether somebody wants it to end
   * @param clock nanoseconds
   */
  Suite(
      List<Trial> plan,
      Results results,
      TrialRunner runner,
      Path file,
      Progress progress,
      BooleanSupplier stopped,
      LongSupplier clock,
      MemoryCheck memory) {
    this.plan = plan;
    this.settings = results.settings();
    this.results = results;
    this.runner = runner;
    this.file = file;
    this.progress = progress;
    this.stopped = stopped;
    this.clock = clock;
    this.memory = memory;
    this.estimate = new Estimate(SuiteEffort.of(settings.quick()), results);
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
        if (isDue(trial, round)) {
          Trial admitted = admit(trial, round, roundStart);
          if (admitted == null) {
            dropped.add(trial);
          } else if (!measure(trial, admitted, round)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private boolean isDue(Trial trial, int round) {
    return !dropped.contains(trial)
        && (round == 1 || !trial.kind().once())
        && results.rounds(trial) < round;
  }

  /** Returns the trial without what would take too long or too much memory; null if all would. */
  private Trial admit(Trial trial, int round, double roundStart) {
    Trial able = affordable(memory.fitting(trial, this::leaveOut));
    if (able.contestants().isEmpty()) {
      return null;
    }
    double needed = seconds.getOrDefault(trial, estimate.seconds(able));
    double until =
        round == 1
            ? roundStart + Share.until(trial.kind()) * roundBudget()
            : settings.budgetSeconds();
    if (elapsed() + needed > until) {
      leaveOut(
          trial.toString(),
          round == 1
              ? "about %.0f s were needed, and this part's time was spent".formatted(needed)
              : "only %d of %d rounds: the time was spent".formatted(round - 1, settings.rounds()));
      return null;
    }
    return able;
  }

  private Trial affordable(Trial trial) {
    if (!Share.isOfModels(trial.kind())) {
      return trial;
    }
    double most = Share.largest(trial.kind()) * Share.of(trial.kind()) * roundBudget();
    List<Contestant> affordable = new ArrayList<>();
    for (Contestant contestant : trial.contestants()) {
      double needed = estimate.seconds(trial, contestant);
      if (needed <= most) {
        affordable.add(contestant);
      } else {
        leaveOut(
            trial.with(List.of(contestant)).toString(),
            "about %.0f s a round were needed, and at most %.0f s may be".formatted(needed, most));
      }
    }
    return trial.with(affordable);
  }

  private void leaveOut(String what, String why) {
    results.addAbsence(what, why);
  }

  /** Returns whether the trial came to its end. */
  private boolean measure(Trial trial, Trial admitted, int round) throws IOException {
    progress.begin(admitted, round, settings.rounds(), left(round, trial));
    double before = elapsed();
    try {
      TrialResult result = runner.run(admitted);
      results.add(result);
      progress.end(result);
    } catch (TrialRunner.TrialFailedException e) {
      leaveOut(admitted.toString(), e.getMessage());
      dropped.add(trial);
      progress.failed(e.getMessage());
    } catch (InterruptedException e) {
      return false;
    }
    seconds.put(trial, elapsed() - before);
    results.report().write(file);
    return true;
  }

  /** Returns about how many seconds are left, this trial included. */
  private double left(int now, Trial current) {
    double left = 0;
    for (int round = now; round <= settings.rounds(); round++) {
      List<Trial> due = round == now ? plan.subList(plan.indexOf(current), plan.size()) : plan;
      for (Trial trial : due) {
        if (isDue(trial, round)) {
          left += seconds.getOrDefault(trial, estimate.seconds(trial));
        }
      }
    }
    return Math.min(left, Math.max(0, settings.budgetSeconds() - elapsed()));
  }

  private double roundBudget() {
    return (double) settings.budgetSeconds() / settings.rounds();
  }

  private double elapsed() {
    return (clock.getAsLong() - start) * NANOS;
  }
}
