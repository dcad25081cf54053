package io.github.deit4j.bench.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table in GitHub's Markdown. */
final class MarkdownTable {
  private static final String NONE = "–";

  private final List<String> lines = new ArrayList<>();

  MarkdownTable(String... heads) {
    lines.add("| " + String.join(" | ", heads) + " |");
    lines.add("|" + "---|".repeat(heads.length));
  }

  /** Adds a row; null is shown as a dash. */
  MarkdownTable add(Object... values) {
    List<String> cells = new ArrayList<>();
    for (Object value : values) {
      cells.add(value == null ? NONE : value.toString().replace("|", "\\|"));
    }
    lines.add("| " + String.join(" | ", cells) + " |");
    return this;
  }

  /** Returns the number with three digits that tell; null for null. */
  static String number(Double value) {
    if (value == null) {
      return null;
    }
    double size = Math.abs(value);
    int digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  /** Returns a share as percent; null for null. */
  static String percent(Double share) {
    return share == null ? null : String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  /** Returns the table, with an empty line after it; nothing if it has no row. */
  @Override
  public String toString() {
    return lines.size() == 2 ? "" : String.join("\n", lines) + "\n\n";
  }
}
