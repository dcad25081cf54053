package io.github.deit4j.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** How a metric is titled and its values are written, by the last part of its name. */
final class Metric {
  /** Whole numbers below this are shown with all their digits. */
  private static final double MAX_EXACT = 1e15;

  private Metric() {}

  /** Returns a metric's name for people. */
  static String title(String metric) {
    return switch (metric) {
      case "top1" -> "Top-1 accuracy";
      case "top5" -> "Top-5 accuracy";
      case "lr" -> "Learning rate";
      case "seconds" -> "Seconds of a step";
      case "images_per_second" -> "Images per second";
      default ->
          metric.substring(0, 1).toUpperCase(Locale.ROOT) + metric.substring(1).replace('-', ' ');
    };
  }

  /** Returns a value: shares of images in percent, others to five digits, and nothing of null. */
  static String format(String metric, Double value) {
    if (value == null) {
      return "";
    }
    return switch (metric) {
      case "top1", "top5" ->
          new BigDecimal(value * 100).setScale(2, RoundingMode.HALF_EVEN).toPlainString() + " %";
      default -> number(value);
    };
  }

  /** Returns hours, minutes and seconds. */
  static String duration(double seconds) {
    long s = Math.round(seconds);
    return "%d:%02d:%02d".formatted(s / 3600, s / 60 % 60, s % 60);
  }

  /** Returns a number to five digits, a whole one with all of its own. */
  static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < MAX_EXACT) {
      return Long.toString((long) value);
    }
    double size = Math.abs(value);
    return size >= 1e-3 && size < 1e7
        ? new BigDecimal(value)
            .round(new MathContext(5, RoundingMode.HALF_EVEN))
            .stripTrailingZeros()
            .toPlainString()
        : String.format(Locale.ROOT, "%.2e", value).replaceAll("\\.?0*e", "e");
  }
}
