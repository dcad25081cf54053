package io.github.deit4j.bench.suite;

import java.util.ArrayList;
import java.util.List;

/**
 * What one round of a trial has found.
 *
 * @param cells of sections
 * @param absences contestants that could not take part
 */
record TrialResult(
    List<Ceiling> ceilings,
    List<CellRound> cells,
    List<StepBreakdown> breakdowns,
    List<Absence> absences) {
  /**
   * One round of one cell.
   *
   * @param flop of its matrix products; null without
   * @param bytes that it moves at least; null where not known
   */
  record CellRound(Cell cell, Double flop, Double bytes, Round round) {}

  TrialResult {
    ceilings = List.copyOf(ceilings);
    cells = List.copyOf(cells);
    breakdowns = List.copyOf(breakdowns);
    absences = List.copyOf(absences);
  }

  static TrialResult of(List<CellRound> cells, List<Absence> absences) {
    return new TrialResult(List.of(), cells, List.of(), absences);
  }

  /** Returns both together. */
  TrialResult plus(TrialResult other) {
    return new TrialResult(
        joined(ceilings, other.ceilings),
        joined(cells, other.cells),
        joined(breakdowns, other.breakdowns),
        joined(absences, other.absences));
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    List<T> joined = new ArrayList<>(first);
    joined.addAll(second);
    return joined;
  }
}
