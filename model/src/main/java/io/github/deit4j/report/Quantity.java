package io.github.deit4j.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** How numbers of one kind are titled and written. */
enum Quantity {
  /** A share of images, shown in percent. */
  SHARE {
    @Override
    String format(double value) {
      return new BigDecimal(value * 100).setScale(2, RoundingMode.HALF_EVEN).toPlainString() + " %";
    }

    @Override
    String formatTick(double value) {
      return plain(value * 100) + " %";
    }
  },
  /** Any other number. */
  NUMBER {
    @Override
    String format(double value) {
      return formatTick(value);
    }

    @Override
    String formatTick(double value) {
      if (value == Math.rint(value) && Math.abs(value) < MAX_EXACT) {
        return Long.toString((long) value);
      }
      double size = Math.abs(value);
      return size >= 1e-3 && size < 1e7
          ? plain(value)
          : String.format(Locale.ROOT, "%.2e", value).replaceAll("\\.?0*e", "e");
    }
  };

  /** Whole numbers below this are shown with all their digits. */
  private static final double MAX_EXACT = 1e15;

  /** Returns the kind of a metric by the last part of its name. */
  static Quantity of(String metric) {
    return metric.equals("top1") || metric.equals("top5") ? SHARE : NUMBER;
  }

  /** Returns a metric's name for people. */
  static String title(String metric) {
    return switch (metric) {
      case "top1" -> "Top-1 accuracy";
      case "top5" -> "Top-5 accuracy";
      case "lr" -> "Learning rate";
      default ->
          metric.substring(0, 1).toUpperCase(Locale.ROOT) + metric.substring(1).replace('-', ' ');
    };
  }

  /** Returns a value as tables show it. */
  abstract String format(double value);

  /** Returns a round value as an axis shows it. */
  abstract String formatTick(double value);

  private static String plain(double value) {
    var rounded = new BigDecimal(value).round(new MathContext(5, RoundingMode.HALF_EVEN));
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }
}
