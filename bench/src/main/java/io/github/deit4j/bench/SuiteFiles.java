package io.github.deit4j.bench;

import static io.github.deit4j.bench.measure.ResultTable.gibibytes;
import static io.github.deit4j.bench.measure.ResultTable.number;
import static io.github.deit4j.bench.measure.ResultTable.percent;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.bench.SuiteReport.Crossover;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.report.Bars;
import io.github.deit4j.report.HtmlPage;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The files of a report: JSON, its tables as text, its measurements as CSV (RFC 4180), a page. */
final class SuiteFiles {
  /** What every table of measurements shows, if it has it. */
  static final List<Column<Measurement>> MEASURED =
      List.of(
          Column.text("op", 26, each -> each.cell().what()),
          Column.text("model", 31, each -> each.cell().model()),
          Column.number("batch", each -> each.cell().batch()),
          Column.number("threads", each -> each.cell().threads()),
          Column.text("computed by", 16, each -> each.cell().contender()),
          Column.number("ms", each -> (each.noisy() ? "~" : "") + number(each.time().median())),
          Column.number("p10", each -> each.time().p10()),
          Column.number("p90", each -> each.time().p90()),
          Column.number("images/s", Measurement::imagesPerSecond),
          Column.number("GFLOP/s", Measurement::gflops),
          Column.number("GB/s", Measurement::gigabytesPerSecond),
          Column.number("of peak", each -> percent(each.peakFraction())),
          Column.number("of roof", each -> percent(each.rooflineFraction())),
          Column.number("GiB", each -> each.memory() == null ? null : each.memory().gibibytes()));

  /** A part of the report, of which several may have the same title. */
  private record Part(String title, String text, String html) {
    static <T> Part of(String title, String note, List<T> rows, List<Column<T>> columns) {
      ResultTable<T> table = new ResultTable<>(title, note, columns);
      return new Part(title, table.text(rows), rows.isEmpty() ? "" : table.html(rows));
    }
  }

  private SuiteFiles() {}

  /** Writes all of them into the folder. */
  static void write(SuiteReport report, Path folder) throws IOException {
    AtomicFiles.writeString(folder.resolve(SuiteReport.FILE), report.toJson());
    AtomicFiles.writeString(folder.resolve("suite.csv"), csv(report));
    AtomicFiles.writeString(folder.resolve("suite.md"), text(report));
    AtomicFiles.writeString(folder.resolve("report.html"), page(report));
  }

  private static List<Part> parts(SuiteReport report) {
    List<Part> parts = new ArrayList<>();
    parts.add(measured(report, "Inference", Section.INFERENCE));
    parts.add(measured(report, "Training step", Section.TRAIN_STEP));
    parts.add(
        Part.of(
            "Throughput against accuracy",
            "Inference at the batch that gives the most images, beside the paper's top-1 in percent"
                + " of 300 epochs on ImageNet and its throughput on a V100 (table 5, figure 1). The"
                + " accuracy is the authors'; here it was not measured.",
            List.copyOf(PaperResult.fastest(report)),
            List.of(
                Column.text("model", 1, each -> each.cell().model()),
                Column.number("paper's top-1", each -> PaperResult.of(each).top1()),
                Column.text("computed by", 1, each -> each.cell().contender()),
                Column.number("batch", each -> each.cell().batch()),
                Column.number("images/s", Measurement::imagesPerSecond),
                Column.number(
                    "paper's images/s", each -> PaperResult.of(each).imagesPerSecond()))));
    parts.add(
        Part.of(
            "From which batch on the GPU wins",
            "The smallest batch from which on the device has more images per second than the best"
                + " backend of the host, the copies of images and results counted.",
            report.crossovers(),
            List.of(
                Column.text("", 1, each -> each.section().id()),
                Column.text("model", 1, Crossover::model),
                Column.text("precision", 1, Crossover::precision),
                Column.number("from batch", Crossover::fromBatch),
                Column.text("why", 1, Crossover::explanation))));
    parts.add(measured(report, "Ops of a step", Section.OP));
    for (Breakdown each : report.breakdowns()) {
      ResultTable<Breakdown.Line> table = each.table();
      parts.add(new Part(table.title(), table.text(each.lines()), table.html(each.lines())));
    }
    parts.add(measured(report, "Data path", Section.DATA));
    parts.add(measured(report, "Cold start", Section.COLD_START));
    parts.add(
        Part.of(
            "Noisy",
            "Marked ~ in tables and hollow in charts: clock or load were not as they should be.",
            report.measurements().stream().filter(Measurement::noisy).toList(),
            List.of(
                Column.text("result", 1, Measurement::cell),
                Column.text("why", 1, Measurement::noise))));
    Map<String, List<Absence>> absences = new LinkedHashMap<>();
    for (Absence each : report.absences()) {
      String reason = each.why().replaceAll("[0-9.]+", "");
      absences.computeIfAbsent(reason, _ -> new ArrayList<>()).add(each);
    }
    parts.add(
        Part.of(
            "Absent",
            "What this report could have and has not; suite.json names all.",
            List.copyOf(absences.values()),
            List.of(
                Column.number("how many", List::size),
                Column.text("such as", 1, each -> each.getFirst().what()),
                Column.text("why", 1, each -> each.getFirst().why()))));
    parts.add(
        Part.of(
            "Ceilings",
            "The best of all rounds.",
            report.ceilings(),
            List.of(
                Column.text("limit", 1, Ceiling::name),
                Column.number("threads", Ceiling::threads),
                Column.number("at most", Ceiling::shown))));
    Map<String, Object> environment = RecordJson.object(report.environment());
    environment.remove("backends");
    environment.putAll(report.environment().backends());
    environment.computeIfPresent("memory_bytes", (_, bytes) -> gibibytes((Long) bytes));
    environment.putAll(RecordJson.object(report.settings()));
    parts.add(
        Part.of(
            "Environment",
            "",
            List.copyOf(environment.entrySet()),
            List.of(
                Column.text("property", 1, each -> each.getKey().replace('_', ' ')),
                Column.text("value", 1, each -> Objects.toString(each.getValue(), null)))));
    parts.removeIf(part -> part.html().isEmpty());
    return parts;
  }

  private static Part measured(SuiteReport report, String title, Section section) {
    boolean said = section == Section.INFERENCE || section == Section.TRAIN_STEP;
    return Part.of(title, "", report.of(section), MEASURED.subList(said ? 1 : 0, MEASURED.size()));
  }

  private static String text(SuiteReport report) {
    return "# deit4j benchmark suite\n\n"
        + "Times are medians of all samples, with the 10th and 90th percentile; ~ marks what clock"
        + " or load may have disturbed. Memory is that of the tensors, of peers that of the whole"
        + " process.\n\n"
        + (report.settings().quick() ? "Quick: not for publication.\n\n" : "")
        + parts(report).stream().map(Part::text).collect(joining()).strip()
        + "\n";
  }

  private static String csv(SuiteReport report) {
    List<Map<String, Object>> rows =
        report.measurements().stream().map(Measurement::toRow).toList();
    Stream<String> head =
        rows.stream()
            .limit(1)
            .map(row -> String.join(",", row.keySet()).replace("benchmark", "section"));
    Stream<String> lines =
        rows.stream()
            .map(row -> row.values().stream().map(SuiteFiles::field).collect(joining(",")));
    return Stream.concat(head, lines).map(line -> line + "\r\n").collect(joining());
  }

  private static String field(Object value) {
    String text =
        value instanceof List<?> sizes
            ? sizes.stream().map(String::valueOf).collect(joining("x"))
            : Objects.toString(value, "");
    return text.matches("[^,\"\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  /** The page holds all that it needs; without scripts its tables say the same as its charts. */
  private static String page(SuiteReport report) throws IOException {
    Map<String, String> sections = new LinkedHashMap<>();
    for (Part part : parts(report)) {
      sections.merge(part.title(), part.html(), String::concat);
    }
    StringBuilder body = new StringBuilder("<p class=\"lead\">");
    Testbed environment = report.environment();
    body.append(
            Stream.of("Measured by deit bench suite", environment.started(), environment.commit())
                .filter(Objects::nonNull)
                .map(HtmlPage::escape)
                .collect(joining(" · ")))
        .append("</p>\n");
    if (report.settings().quick()) {
      body.append("<p class=\"warning\">A quick run, for a first look: few samples, short")
          .append(" warm-up. Publish numbers of a full one.</p>\n");
    }
    body.append("<nav><ul>\n");
    for (String title : sections.keySet()) {
      body.append("<li><a href=\"#%s\">%s</a></li>\n".formatted(id(title), title));
    }
    body.append("</ul></nav>\n<main>\n");
    sections.forEach(
        (title, tables) ->
            body.append("<section id=\"%s\">\n<h2>%s</h2>\n".formatted(id(title), title))
                .append("<div class=\"charts\" data-charts=\"%s\">".formatted(id(title)))
                .append(title.equals(Breakdown.TITLE) ? bars(report.breakdowns()) : "")
                .append("</div>\n%s</section>\n".formatted(tables)));
    String script = "const report = %s;\n%s".formatted(data(report), charts());
    return HtmlPage.withCharts(
        "DeiT on " + environment.processor(), body.append("</main>\n").toString(), script);
  }

  private static String id(String title) {
    return title.toLowerCase(Locale.ROOT).replace(' ', '-');
  }

  private static String bars(List<Breakdown> breakdowns) {
    StringBuilder figures = new StringBuilder();
    for (Breakdown each : breakdowns) {
      List<Bars.Bar> bars =
          each.lines().stream()
              .map(line -> new Bars.Bar(line.op(), line.share(), percent(line.share()), 0))
              .toList();
      double longest = bars.stream().mapToDouble(Bars.Bar::length).max().orElse(1);
      figures.append(Bars.figure(each.cell().toString(), longest, bars));
    }
    return figures.toString();
  }

  /** What the charts are drawn from; nothing in it ends the script. */
  private static String data(SuiteReport report) {
    Ceilings ceilings = new Ceilings(report.ceilings());
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Measurement each : report.measurements()) {
      Ceilings.Roof roof = ceilings.roof(each.cell());
      Map<String, Object> row = each.toRow();
      row.put("contender", each.cell().contender());
      row.put("top1", PaperResult.of(each) == null ? null : PaperResult.of(each).top1());
      row.put("peak", Double.isNaN(roof.gflops()) ? null : roof.gflops());
      row.put("bandwidth", Double.isNaN(roof.bandwidth()) ? null : roof.bandwidth());
      rows.add(row);
    }
    int threads = report.settings().threads().getLast();
    return JsonWriter.compact(Map.of("measurements", rows, "threads", threads))
        .replace("<", "\\u003c");
  }

  private static String charts() throws IOException {
    try (InputStream script = SuiteFiles.class.getResourceAsStream("charts.js")) {
      return new String(script.readAllBytes(), UTF_8);
    }
  }
}
