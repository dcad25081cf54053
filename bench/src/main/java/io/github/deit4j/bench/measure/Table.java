package io.github.deit4j.bench.measure;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** A plain table whose lines are shown as they come: text to the left, numbers to the right. */
public final class Table {
  /**
   * A column.
   *
   * @param title its head
   * @param width characters
   * @param digits after the point; -1 for text
   */
  public record Column(String title, int width, int digits) {
    private static final int TEXT = -1;

    /** Returns a column of text. */
    public static Column text(String title, int width) {
      return new Column(title, width, TEXT);
    }

    /** Returns a column of numbers, wide enough for its title. */
    public static Column number(String title, int digits) {
      return new Column(title, Math.max(8, title.length()), digits);
    }

    private String cell(Object value) {
      if (digits == TEXT) {
        return String.format(Locale.ROOT, "%-" + width + "s", value);
      }
      String number =
          value == null
              ? "-"
              : String.format(Locale.ROOT, "%." + digits + "f", ((Number) value).doubleValue());
      return String.format(Locale.ROOT, "%" + width + "s", number);
    }

    private String head() {
      return String.format(Locale.ROOT, "%" + (digits == TEXT ? "-" : "") + width + "s", title);
    }
  }

  private final PrintWriter out;
  private final List<Column> columns;

  /** Shows the heads. */
  public Table(PrintWriter out, List<Column> columns) {
    this.out = out;
    this.columns = List.copyOf(columns);
    print(columns.stream().map(Column::head).toList());
  }

  /**
   * Shows a line.
   *
   * @param values one for each column; null is shown as a dash
   * @throws IllegalArgumentException if there are not as many values as columns
   */
  public void add(Object... values) {
    if (values.length != columns.size()) {
      throw new IllegalArgumentException(
          "table: expected %d values, found %d".formatted(columns.size(), values.length));
    }
    String[] cells = new String[values.length];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = columns.get(i).cell(values[i]);
    }
    print(List.of(cells));
  }

  private void print(List<String> cells) {
    out.println(String.join("  ", cells).stripTrailing());
    out.flush();
  }
}
