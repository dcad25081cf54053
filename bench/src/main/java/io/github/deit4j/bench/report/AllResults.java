package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.Cell;
import io.github.deit4j.bench.suite.Measurement;
import io.github.deit4j.bench.suite.Section;
import io.github.deit4j.report.Html;
import io.github.deit4j.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Every measurement, a table for each section, with the columns that say something there. */
final class AllResults {
  /** A column; cells without its value are empty. */
  private record Column(String name, Function<Measurement, String> of) {
    boolean saysSomething(List<Measurement> rows) {
      return rows.stream().anyMatch(row -> !of.apply(row).isEmpty());
    }
  }

  private static final List<Column> COLUMNS =
      List.of(
          new Column("op", each -> or(each.cell().op())),
          new Column("model", each -> each.cell().model() == null ? "" : model(each.cell())),
          new Column("computes", each -> each.cell().contender()),
          new Column("batch", each -> Integer.toString(each.cell().batch())),
          new Column("threads", each -> Integer.toString(each.cell().threads())),
          new Column("shape", each -> shape(each.cell())),
          new Column("median ms", each -> Texts.number(each.time().median(), each)),
          new Column("p10", each -> Texts.number(each.time().p10())),
          new Column("p90", each -> Texts.number(each.time().p90())),
          new Column("images/s", each -> Texts.number(each.imagesPerSecond())),
          new Column("GFLOP/s", each -> Texts.number(each.gflops())),
          new Column("GB/s", each -> Texts.number(each.gigabytesPerSecond())),
          new Column("of peak", each -> Texts.percent(each.peakFraction())),
          new Column("of roof", each -> Texts.percent(each.rooflineFraction())),
          new Column("memory", AllResults::memory),
          new Column("samples", each -> Integer.toString(each.time().samples())));

  private AllResults() {}

  static String html(Results results) {
    StringBuilder html = new StringBuilder();
    for (Section section : Section.values()) {
      List<Measurement> rows = results.all(section).toList();
      if (!rows.isEmpty()) {
        html.append(details(Texts.title(section), rows));
      }
    }
    return html.isEmpty() ? Texts.paragraph("Nothing was measured.") : html.toString();
  }

  private static String details(String title, List<Measurement> rows) {
    List<Column> columns = COLUMNS.stream().filter(column -> column.saysSomething(rows)).toList();
    List<List<String>> cells = new ArrayList<>();
    for (Measurement row : rows) {
      cells.add(columns.stream().map(column -> column.of().apply(row)).toList());
    }
    Table table = new Table(title, "", columns.stream().map(Column::name).toList(), cells);
    return "<details><summary>%s: %d</summary>\n%s</details>\n"
        .formatted(Html.escape(title), rows.size(), table.body());
  }

  private static String or(String text) {
    return text == null ? "" : text;
  }

  private static String model(Cell cell) {
    return Texts.model(cell.model());
  }

  private static String shape(Cell cell) {
    return String.join("×", cell.shape().stream().map(String::valueOf).toList());
  }

  private static String memory(Measurement measured) {
    return measured.memory() == null ? "" : Texts.gibibytes(measured.memory().bytes());
  }
}
