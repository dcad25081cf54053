package io.github.deit4j.bench.measure;

import io.github.deit4j.report.Table;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A table of results. Its text, which is for the terminal and for files, can be shown line by line
 * as results come, and is Markdown as well.
 */
public record ResultTable<T>(String title, String note, List<Column<T>> columns) {
  private static final String NONE = "–";
  private static final MathContext THREE_DIGITS = new MathContext(3, RoundingMode.HALF_EVEN);

  /** Numbers from here on have their digits in groups. */
  private static final double GROUPED = 9_999.5;

  private static final char THIN_SPACE = '\u202f';

  /**
   * A column.
   *
   * @param width the least number of characters; negative sets them to the left
   * @param value what a row shows: a number with three digits, text, or null
   */
  public record Column<T>(String title, int width, Function<T, ?> value) {
    public static <T> Column<T> text(String title, int width, Function<T, ?> value) {
      return new Column<>(title, -width, value);
    }

    /** Returns a column of numbers, wide enough for its title. */
    public static <T> Column<T> number(String title, Function<T, ?> value) {
      return new Column<>(title, Math.max(7, title.length()), value);
    }

    /** Returns the column for rows that have such a row in them. */
    public <R> Column<R> of(Function<R, T> row) {
      return new Column<>(title, width, value.compose(row));
    }

    private String pad(String text) {
      return String.format(Locale.ROOT, "%" + width + "s", text);
    }

    private Column<T> fitted(List<T> rows, boolean last) {
      if (last && width < 0) {
        return this; // nothing has to stand under each other behind it
      }
      int longest = rows.stream().mapToInt(row -> cell(row).length()).max().orElse(0);
      int needed = Math.max(1, Math.max(longest, title.length()));
      return new Column<>(title, width < 0 ? -needed : needed, value);
    }

    private String cell(T row) {
      return shown(value.apply(row));
    }
  }

  /** Returns the table's first two lines. */
  public String head() {
    return joined(each -> " " + each.pad(each.title) + " ")
        + "\n"
        + joined(each -> "-".repeat(Math.abs(each.width) + 1) + (each.width > 0 ? ":" : "-"));
  }

  public String line(T row) {
    return joined(each -> " " + each.pad(each.cell(row).replace("|", "\\|")) + " ");
  }

  private String joined(Function<Column<T>, String> part) {
    return columns.stream().map(part).collect(Collectors.joining("|", "|", "|"));
  }

  /** Returns the whole table as text, with its title; nothing if there is no row. */
  public String text(List<T> rows) {
    if (rows.isEmpty()) {
      return "";
    }
    ResultTable<T> fitted = fitted(rows);
    return "## %s\n\n%s%s\n%s\n\n"
        .formatted(
            title,
            note.isEmpty() ? "" : note + "\n\n",
            fitted.head(),
            rows.stream().map(fitted::line).collect(Collectors.joining("\n")));
  }

  /** Returns the table in HTML, without its title. */
  public String html(List<T> rows) {
    List<Column<T>> shown = fitted(rows).columns;
    return new Table(
            title,
            note,
            shown.stream().map(Column::title).toList(),
            rows.stream().map(row -> shown.stream().map(each -> each.cell(row)).toList()).toList())
        .body();
  }

  /** Returns the table with the columns that say something about the rows, as wide as they need. */
  private ResultTable<T> fitted(List<T> rows) {
    return new ResultTable<>(
        title,
        note,
        columns.stream()
            .filter(each -> rows.stream().anyMatch(row -> !each.cell(row).equals(NONE)))
            .map(each -> each.fitted(rows, each.equals(columns.getLast())))
            .toList());
  }

  private static String shown(Object value) {
    return switch (value) {
      case null -> NONE;
      case Double number -> number(number);
      case List<?> sizes -> sizes.stream().map(Object::toString).collect(Collectors.joining("×"));
      default -> value.toString();
    };
  }

  /** Returns a number with three digits. */
  public static String number(double value) {
    BigDecimal rounded = new BigDecimal(value).round(THREE_DIGITS);
    if (Math.abs(value) >= GROUPED) {
      return String.format(Locale.ROOT, "%,.0f", rounded).replace(',', THIN_SPACE);
    }
    return rounded.signum() == 0 ? "0" : rounded.toPlainString();
  }

  /** Returns a share as percent; null for null. */
  public static String percent(Double share) {
    return share == null ? null : String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  public static String gibibytes(double bytes) {
    return number(bytes / (1L << 30)) + " GiB";
  }
}
