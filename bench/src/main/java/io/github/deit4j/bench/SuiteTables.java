package io.github.deit4j.bench;

import static io.github.deit4j.bench.measure.ResultTable.gibibytes;
import static io.github.deit4j.bench.measure.ResultTable.number;
import static io.github.deit4j.bench.measure.ResultTable.percent;

import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.measure.Ceiling;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tables of a report, which are its text, and in its page what the charts are made of. */
final class SuiteTables {
  /**
   * A part of the report.
   *
   * @param id tells the parts apart; several tables may have the same
   * @param title of the table
   * @param text as a file shows it
   * @param html as a page shows it, without the title
   */
  record Part(String id, String title, String text, String html) {}

  private static final List<Column<Measurement>> MEASURED =
      List.of(
          Column.text("op", 1, each -> each.cell().op()),
          Column.text("model", 1, each -> each.cell().model()),
          Column.number("batch", each -> each.cell().batch()),
          Column.number("threads", each -> each.cell().threads()),
          Column.text("computed by", 1, each -> each.cell().contender()),
          Column.number("ms", each -> (each.noisy() ? "~" : "") + number(each.time().median())),
          Column.number("p10–p90", SuiteTables::spread),
          Column.number("images/s", Measurement::imagesPerSecond),
          Column.number("GFLOP/s", Measurement::gflops),
          Column.number("GB/s", Measurement::gigabytesPerSecond),
          Column.number("of peak", each -> percent(each.peakFraction())),
          Column.number("of roof", each -> percent(each.rooflineFraction())),
          Column.number("memory", SuiteTables::memory));

  private final List<Part> parts = new ArrayList<>();

  private SuiteTables() {}

  static List<Part> of(SuiteReport report) {
    SuiteTables tables = new SuiteTables();
    tables.measured(report, "Inference", Section.INFERENCE);
    tables.measured(report, "Training step", Section.TRAIN_STEP);
    tables.add(
        new ResultTable<>(
            "From which batch on the GPU wins",
            "The smallest batch from which on the device has more images per second than the best"
                + " backend of the host, the copies of images and results counted.",
            List.of(
                Column.text("", 1, each -> each.section().id()),
                Column.text("model", 1, Crossover::model),
                Column.text("precision", 1, Crossover::precision),
                Column.number("from batch", Crossover::fromBatch),
                Column.text("why", 1, Crossover::explanation))),
        report.crossovers());
    tables.measured(report, "Ops of a step", Section.OP);
    for (Breakdown each : report.breakdowns()) {
      tables.add(each.table(), each.lines());
    }
    tables.measured(report, "Data path", Section.DATA);
    tables.measured(report, "Cold start", Section.COLD_START);
    tables.add(
        new ResultTable<>(
            "Noisy",
            "Marked ~ in tables and hollow in charts: clock or load were not as they should be.",
            List.of(
                Column.text("result", 1, Measurement::cell),
                Column.text("why", 1, Measurement::noise))),
        report.measurements().stream().filter(Measurement::noisy).toList());
    tables.add(
        new ResultTable<>(
            "Absent",
            "What this report could have and has not; suite.json names all.",
            List.of(
                Column.text("why", 1, Map.Entry::getKey),
                Column.number("how many", each -> each.getValue().size()),
                Column.text("such as", 1, each -> each.getValue().getFirst()))),
        absences(report));
    tables.add(
        new ResultTable<>(
            "Ceilings",
            "The best of all rounds.",
            List.of(
                Column.text("limit", 1, Ceiling::name),
                Column.number("threads", Ceiling::threads),
                Column.number("at most", Ceiling::shown))),
        report.ceilings());
    tables.add(
        new ResultTable<>(
            "Environment",
            "",
            List.of(
                Column.text("property", 1, Map.Entry::getKey),
                Column.text("value", 1, Map.Entry::getValue))),
        environment(report));
    return tables.parts;
  }

  private void measured(SuiteReport report, String title, Section section) {
    add(new ResultTable<>(title, "", MEASURED), report.of(section));
  }

  private <T> void add(ResultTable<T> table, List<T> rows) {
    if (!rows.isEmpty()) {
      String id = table.title().toLowerCase(Locale.ROOT).replace(' ', '-');
      parts.add(new Part(id, table.title(), table.text(rows), table.html(rows)));
    }
  }

  private static String spread(Measurement measurement) {
    return number(measurement.time().p10()) + "–" + number(measurement.time().p90());
  }

  private static String memory(Measurement measurement) {
    return measurement.memory() == null ? null : gibibytes(measurement.memory().bytes());
  }

  private static List<Map.Entry<String, List<String>>> absences(SuiteReport report) {
    Map<String, List<String>> absences = new LinkedHashMap<>();
    for (Absence each : report.absences()) {
      absences.computeIfAbsent(each.why(), _ -> new ArrayList<>()).add(each.what());
    }
    return List.copyOf(absences.entrySet());
  }

  private static List<Map.Entry<String, String>> environment(SuiteReport report) {
    Testbed environment = report.environment();
    List<Map.Entry<String, String>> rows = new ArrayList<>();
    add(rows, "started", environment.started());
    add(rows, "deit4j", environment.deit4j());
    add(rows, "commit", environment.commit());
    add(rows, "build", environment.build());
    add(rows, "processor", environment.processor());
    add(rows, "processors", environment.processors());
    add(rows, "memory", gibibytes(environment.memoryBytes()));
    add(rows, "system", environment.system());
    add(rows, "Java", environment.java());
    add(rows, "JVM arguments", String.join(" ", environment.jvmArguments()));
    environment.backends().forEach((name, what) -> add(rows, name, what));
    add(rows, "rounds", report.settings().rounds() + ", each in a new JVM");
    add(rows, "time budget", report.settings().budgetSeconds() + " s");
    return rows;
  }

  private static void add(List<Map.Entry<String, String>> rows, String name, Object value) {
    if (value != null) {
      rows.add(Map.entry(name, value.toString()));
    }
  }
}
