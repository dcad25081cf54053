package io.github.deit4j.bench;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingInt;

import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.bench.SuiteReport.Settings;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Watch.Noise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;

/** What a run has found so far, and the report that this makes. */
final class Findings {
  /** What one round of a trial has found. */
  record Part(
      List<Ceiling> ceilings,
      List<Measurement> measurements,
      List<Breakdown> breakdowns,
      List<Absence> absences) {
    boolean isEmpty() {
      return ceilings.isEmpty() && measurements.isEmpty() && breakdowns.isEmpty();
    }

    static Part of(List<Measurement> measurements, List<Absence> absences) {
      return new Part(List.of(), measurements, List.of(), absences);
    }
  }

  private final Testbed environment;
  private final Settings settings;
  private final List<Ceiling> ceilings = new ArrayList<>();
  private final Map<Cell, Measurement> cells = new LinkedHashMap<>();
  private final Map<Cell, Breakdown> breakdowns = new LinkedHashMap<>();
  private final Map<String, Absence> absences = new LinkedHashMap<>();

  Findings(Testbed environment, Settings settings) {
    this.environment = environment;
    this.settings = settings;
  }

  /** Returns the findings of a run that was stopped, to which more are added. Absences are not. */
  static Findings of(SuiteReport report) {
    Findings findings = new Findings(report.environment(), report.settings());
    findings.add(
        new Part(report.ceilings(), report.measurements(), report.breakdowns(), List.of()));
    return findings;
  }

  Settings settings() {
    return settings;
  }

  void add(Part part) {
    ceilings.addAll(part.ceilings());
    for (Measurement each : part.measurements()) {
      cells.merge(
          each.cell(),
          each,
          (before, now) -> before.with(now.rounds(), Ceilings.NONE, new Noise(0)));
    }
    part.breakdowns().forEach(each -> breakdowns.put(each.cell(), each));
    part.absences().forEach(each -> addAbsence(each.what(), each.why()));
  }

  /** Adds an absence; of the same thing the first is kept. */
  void addAbsence(String what, String why) {
    absences.putIfAbsent(what, new Absence(what, why));
  }

  boolean isEmpty() {
    return ceilings.isEmpty() && cells.isEmpty() && breakdowns.isEmpty();
  }

  int rounds(Trial trial) {
    Contestant first = trial.contestants().getFirst();
    return switch (trial.kind()) {
      // Each round finds this limit once.
      case CEILINGS ->
          (int)
              ceilings.stream()
                  .filter(each -> each.kind() == Ceiling.Kind.ARITHMETIC)
                  .filter(each -> each.backend().equals(first.backend()))
                  .filter(each -> each.precision() == first.precision())
                  .filter(each -> each.threads() == trial.threads())
                  .count();
      case BREAKDOWN ->
          breakdowns.containsKey(trial.modelCase().cell(first, trial.threads())) ? 1 : 0;
      default ->
          cells.values().stream()
              .filter(each -> trial.covers(each.cell()))
              .mapToInt(each -> each.rounds().size())
              .max()
              .orElse(0);
    };
  }

  Ceilings ceilings() {
    Map<Ceiling, Ceiling> best = new LinkedHashMap<>();
    for (Ceiling each : ceilings) {
      best.merge(each.withValue(0), each, BinaryOperator.maxBy(comparingDouble(Ceiling::value)));
    }
    return new Ceilings(List.copyOf(best.values()));
  }

  Double millisecondsPerImage(Trial trial, Contestant contestant) {
    return cells.values().stream()
        .filter(each -> trial.resembles(each.cell(), contestant))
        .max(comparingInt(each -> each.cell().batch()))
        .map(each -> each.time().median() / each.cell().batch())
        .orElse(null);
  }

  SuiteReport report() {
    Ceilings best = ceilings();
    Noise noise = Noise.of(cells.values().stream().flatMap(each -> each.rounds().stream()));
    List<Measurement> measurements =
        cells.values().stream()
            .map(each -> each.with(List.of(), best, noise))
            .sorted(comparing(each -> each.cell().section()))
            .toList();
    int threads = settings.threads().getLast();
    return new SuiteReport(
        environment,
        settings,
        best.all(),
        measurements,
        List.copyOf(breakdowns.values()),
        SuiteReport.Crossover.find(
            measurements.stream().filter(each -> each.cell().threads() == threads).toList()),
        List.copyOf(absences.values()));
  }
}
