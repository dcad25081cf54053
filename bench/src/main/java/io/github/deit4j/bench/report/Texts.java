package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.Measurement;
import io.github.deit4j.bench.suite.Section;
import io.github.deit4j.report.Html;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers and names as the report shows them. */
final class Texts {
  /** Marks a number that is not to be trusted; {@code Noise} says why. */
  static final String NOISY = " †";

  /** Numbers from here on have their digits in groups. */
  private static final double GROUPED = 9_999.5;

  private static final char THIN_SPACE = '\u202f';
  private static final MathContext THREE_DIGITS = new MathContext(3, RoundingMode.HALF_EVEN);

  private Texts() {}

  /** Returns a number with three digits, empty for null. */
  static String number(Double value) {
    if (value == null) {
      return "";
    }
    BigDecimal rounded = new BigDecimal(value).round(THREE_DIGITS);
    if (Math.abs(value) >= GROUPED) {
      return String.format(Locale.ROOT, "%,.0f", rounded).replace(',', THIN_SPACE);
    }
    return rounded.signum() == 0 ? "0" : rounded.toPlainString();
  }

  /** Returns a round number, as an axis shows it. */
  static String tick(double value) {
    boolean thousands = value >= GROUPED;
    BigDecimal shown = new BigDecimal(thousands ? value / 1000 : value).round(THREE_DIGITS);
    return shown.stripTrailingZeros().toPlainString() + (thousands ? "k" : "");
  }

  /** Returns a number, marked if its measurement is noisy. */
  static String number(Double value, Measurement of) {
    return value == null ? "" : number(value) + (of.noisy() ? NOISY : "");
  }

  static String percent(Double share) {
    return share == null ? "" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  static String gibibytes(long bytes) {
    return number(bytes / (double) (1L << 30)) + " GiB";
  }

  /** Returns a model's name as the paper writes it, where it is one of the paper's. */
  static String model(String registered) {
    String[] parts = registered.split("_", -1);
    String size =
        switch (parts.length > 1 ? parts[1] : "") {
          case "tiny" -> "Ti";
          case "small" -> "S";
          case "base" -> "B";
          default -> null;
        };
    if (size == null || !parts[0].equals("deit")) {
      return registered;
    }
    return "DeiT-"
        + size
        + (registered.contains("_distilled_") ? " distilled" : "")
        + (registered.endsWith("_384") ? " 384" : "");
  }

  static String title(Section section) {
    return switch (section) {
      case OP -> "Ops";
      case INFERENCE -> "Inference";
      case TRAIN_STEP -> "Training step";
      case DATA -> "Data path";
      case COLD_START -> "Cold start";
    };
  }

  static String paragraph(String text) {
    return "<p>" + Html.escape(text) + "</p>\n";
  }

  static String note(String text) {
    return "<p class=\"note\">" + Html.escape(text) + "</p>\n";
  }

  static String heading(String text) {
    return "<h3>" + Html.escape(text) + "</h3>\n";
  }

  static String charts(String figures) {
    return "<div class=\"charts\">\n" + figures + "</div>\n";
  }
}
