package io.github.deit4j.report;

import java.util.ArrayList;
import java.util.List;

/**
 * An axis between two numbers, with a round distance between its ticks.
 *
 * @param min lower end, a tick
 * @param max upper end, a tick
 * @param distance distance between ticks
 */
public record LinearAxis(double min, double max, double distance) implements Axis {
  /** Returns the axis that takes in all of [low, high] with about that many ticks. */
  public static LinearAxis over(double low, double high, int ticks) {
    double span = high > low ? high - low : Math.max(Math.abs(low), 1e-9);
    double distance = roundUp(span / ticks);
    double min = Math.floor(low / distance) * distance;
    double max = Math.ceil(high / distance) * distance;
    return new LinearAxis(min, max > min ? max : min + distance, distance);
  }

  /** Returns the least of 1, 2, 5, 10, 20 … that is not below the number. */
  private static double roundUp(double number) {
    double power = Math.pow(10, Math.floor(Math.log10(number)));
    for (double factor : new double[] {1, 2, 5}) {
      if (factor * power >= number) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  @Override
  public List<Double> ticks() {
    List<Double> ticks = new ArrayList<>();
    long count = Math.round((max - min) / distance);
    for (long i = 0; i <= count; i++) {
      ticks.add(min + i * distance);
    }
    return ticks;
  }

  @Override
  public double position(double number) {
    return (number - min) / (max - min);
  }
}
