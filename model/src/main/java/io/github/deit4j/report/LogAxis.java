package io.github.deit4j.report;

import java.util.ArrayList;
import java.util.List;

/**
 * An axis on which equal ratios are equally far apart.
 *
 * @param min lower end, above 0
 * @param max upper end
 * @param ticks where it has marks
 */
public record LogAxis(double min, double max, List<Double> ticks) implements Axis {
  /** Over more than so many decades only the powers of ten are marked. */
  private static final double FEW_DECADES = 2.2;

  private static final double[] STEPS = {1, 2, 5};

  /** Room at both ends, as a ratio. */
  private static final double MARGIN = 1.15;

  /** Copies the list. */
  public LogAxis {
    ticks = List.copyOf(ticks);
  }

  /**
   * Returns the axis that takes in all of [low, high], with round ticks.
   *
   * @throws IllegalArgumentException if low is not above 0 or above high
   */
  public static LogAxis over(double low, double high) {
    if (!(low > 0 && low <= high)) {
      throw new IllegalArgumentException(
          "logarithmic axis: expected 0 < low <= high, found %s and %s".formatted(low, high));
    }
    int first = (int) Math.floor(Math.log10(low));
    int last = (int) Math.ceil(Math.log10(high));
    boolean few = Math.log10(high / low) < FEW_DECADES;
    List<Double> round = new ArrayList<>();
    for (int decade = first; decade <= last; decade++) {
      for (double step : STEPS) {
        if (few || step == 1) {
          round.add(step * Math.pow(10, decade));
        }
      }
    }
    double min = round.stream().filter(tick -> tick <= low).max(Double::compare).orElse(low);
    double max = round.stream().filter(tick -> tick >= high).min(Double::compare).orElse(high);
    List<Double> shown = round.stream().filter(tick -> tick >= min && tick <= max).toList();
    return new LogAxis(min, max > min ? max : 10 * min, shown);
  }

  /** Returns the axis over given values, at least one, each with a tick, none at the very end. */
  public static LogAxis through(List<? extends Number> values) {
    List<Double> ticks = values.stream().map(Number::doubleValue).sorted().distinct().toList();
    return new LogAxis(ticks.getFirst() / MARGIN, ticks.getLast() * MARGIN, ticks);
  }

  @Override
  public double position(double number) {
    return Math.log(number / min) / Math.log(max / min);
  }
}
