package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.Breakdown;
import java.util.List;

/**
 * Where the time of a model's run goes.
 *
 * @param cell the run
 * @param milliseconds of the run of median length
 * @param lines its ops, the longest first, and what lies between them
 */
public record StepBreakdown(Cell cell, double milliseconds, List<Breakdown.Line> lines) {
  /** Copies the lines. */
  public StepBreakdown {
    lines = List.copyOf(lines);
  }
}
