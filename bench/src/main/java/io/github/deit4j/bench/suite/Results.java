package io.github.deit4j.bench.suite;

import static java.util.Comparator.comparingDouble;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Cost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BinaryOperator;

/** What a run has found so far, and the report that this makes. */
final class Results {
  private record Found(Double flop, Double bytes, List<Round> rounds) {}

  private final Environment environment;
  private final Settings settings;

  /** Of all rounds; several of the same limit. */
  private final List<Ceiling> ceilings = new ArrayList<>();

  private final Map<Cell, Found> cells = new LinkedHashMap<>();
  private final Map<Cell, StepBreakdown> breakdowns = new LinkedHashMap<>();
  private final Map<String, Absence> absences = new LinkedHashMap<>();

  Results(Environment environment, Settings settings) {
    this.environment = environment;
    this.settings = settings;
  }

  /** Returns the results of a run that was stopped, to which more are added. Absences are not. */
  static Results of(SuiteReport report) {
    Results results = new Results(report.environment(), report.settings());
    results.ceilings.addAll(report.ceilings());
    for (Measurement each : report.measurements()) {
      results.cells.put(
          each.cell(), new Found(each.flop(), each.bytes(), new ArrayList<>(each.rounds())));
    }
    report.breakdowns().forEach(each -> results.breakdowns.put(each.cell(), each));
    return results;
  }

  Settings settings() {
    return settings;
  }

  void add(TrialResult result) {
    ceilings.addAll(result.ceilings());
    for (TrialResult.CellRound each : result.cells()) {
      cells
          .computeIfAbsent(
              each.cell(), _ -> new Found(each.flop(), each.bytes(), new ArrayList<>()))
          .rounds()
          .add(each.round());
    }
    result.breakdowns().forEach(each -> breakdowns.put(each.cell(), each));
    result.absences().forEach(each -> addAbsence(each.what(), each.why()));
  }

  /** Adds an absence; of the same thing the first is kept. */
  void addAbsence(String what, String why) {
    absences.putIfAbsent(what, new Absence(what, why));
  }

  /** Returns whether anything was measured. */
  boolean isEmpty() {
    return ceilings.isEmpty() && cells.isEmpty() && breakdowns.isEmpty();
  }

  /** Returns how many rounds of the trial are done. */
  int rounds(Trial trial) {
    return switch (trial.kind()) {
      case CEILINGS -> (int) ceilings.stream().filter(each -> isOf(each, trial)).count();
      case BREAKDOWN ->
          breakdowns.keySet().stream()
                  .anyMatch(
                      cell -> cell.model().equals(trial.model()) && cell.batch() == trial.batch())
              ? 1
              : 0;
      default ->
          cells.entrySet().stream()
              .filter(entry -> trial.covers(entry.getKey()))
              .mapToInt(entry -> entry.getValue().rounds().size())
              .max()
              .orElse(0);
    };
  }

  /** Returns whether it is the one limit that each round of the trial finds once. */
  private static boolean isOf(Ceiling ceiling, Trial trial) {
    Contestant contestant = new Contestant(ceiling.backend(), ceiling.precision());
    return ceiling.kind() == Ceiling.Kind.ARITHMETIC
        && trial.contestants().getFirst().equals(contestant)
        && ceiling.threads() == trial.threads();
  }

  private List<Ceiling> bestCeilings() {
    // By everything but the value.
    Map<Ceiling, Ceiling> best = new LinkedHashMap<>();
    for (Ceiling each : ceilings) {
      best.merge(each.withValue(0), each, BinaryOperator.maxBy(comparingDouble(Ceiling::value)));
    }
    return List.copyOf(best.values());
  }

  /** Returns the median time of an image of the trial's kind; null if none was measured. */
  Double millisecondsPerImage(Trial trial, Contestant contestant) {
    return cells.entrySet().stream()
        .filter(
            entry ->
                trial
                    .with(List.of(contestant))
                    .covers(entry.getKey().withBatch(trial.batch(), trial.threads())))
        .max(Comparator.comparingInt(entry -> entry.getKey().batch()))
        .map(entry -> Timing.of(entry.getValue().rounds()).median() / entry.getKey().batch())
        .orElse(null);
  }

  Roofs roofs() {
    return new Roofs(bestCeilings());
  }

  SuiteReport report() {
    List<Measurement> measurements = measurements();
    int threads = settings.threads().getLast();
    return new SuiteReport(
        environment,
        settings,
        bestCeilings(),
        measurements,
        List.copyOf(breakdowns.values()),
        new Crossovers(
                measurements.stream().filter(each -> each.cell().threads() == threads).toList())
            .find(),
        List.copyOf(absences.values()));
  }

  private List<Measurement> measurements() {
    NoiseCheck noise =
        NoiseCheck.of(cells.values().stream().flatMap(found -> found.rounds().stream()));
    Roofs roofs = roofs();
    return cells.entrySet().stream()
        .map(entry -> measurement(entry.getKey(), entry.getValue(), roofs, noise))
        .sorted(Comparator.comparing(each -> each.cell().section()))
        .toList();
  }

  private static Measurement measurement(Cell cell, Found found, Roofs roofs, NoiseCheck noise) {
    Timing time = Timing.of(found.rounds());
    Ceilings roof = roofs.of(new Contestant(cell.backend(), cell.precision()), cell.threads());
    Cost cost =
        new Cost(
            Objects.requireNonNullElse(found.flop(), 0.0),
            Objects.requireNonNullElse(found.bytes(), 0.0));
    Double gflops = cost.gflops(time.median());
    boolean countsImages = cell.section() != Section.OP && cell.section() != Section.COLD_START;
    return new Measurement(
        cell,
        found.flop(),
        found.bytes(),
        time,
        gflops,
        cost.gigabytesPerSecond(time.median()),
        countsImages ? Double.valueOf(cell.batch() * 1e3 / time.median()) : null,
        gflops == null || roof == null ? null : Double.valueOf(roof.shareOfPeak(gflops)),
        found.bytes() == null || roof == null ? null : roof.shareOfRoofline(cost, time.median()),
        memory(found.rounds()),
        noise.reason(found.rounds()),
        found.rounds());
  }

  private static Memory memory(List<Round> rounds) {
    return rounds.stream()
        .map(Round::memory)
        .filter(Objects::nonNull)
        .max(Comparator.comparingLong(Memory::bytes))
        .orElse(null);
  }
}
