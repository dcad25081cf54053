package io.github.deit4j.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.report.Bars;
import io.github.deit4j.report.Html;
import io.github.deit4j.report.HtmlPage;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of a report: JSON, its tables as text, its measurements as CSV (RFC 4180), a page. */
final class SuiteFiles {
  /** MIT licence; its name and terms stand in the page. */
  private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/";

  private static final String LINE_END = "\r\n";

  private SuiteFiles() {}

  /**
   * Writes all of them into the folder.
   *
   * @throws io.github.deit4j.weights.CannotWriteException if a file cannot be written
   */
  static void write(SuiteReport report, Path folder) throws IOException {
    AtomicFiles.writeString(folder.resolve(SuiteReport.FILE), report.toJson());
    AtomicFiles.writeString(folder.resolve("suite.csv"), csv(report));
    AtomicFiles.writeString(folder.resolve("suite.md"), text(report));
    AtomicFiles.writeString(folder.resolve("report.html"), page(report));
  }

  static String text(SuiteReport report) {
    return "# deit4j benchmark suite\n\n"
        + "Times are medians of all samples, with the 10th and 90th percentile; ~ marks what clock"
        + " or load may have disturbed. Memory is that of the tensors, of peers that of the whole"
        + " process.\n\n"
        + (report.settings().quick() ? "Quick: not for publication.\n\n" : "")
        + SuiteTables.of(report).stream()
            .map(SuiteTables.Part::text)
            .collect(Collectors.joining())
            .strip()
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
            .map(row -> row.values().stream().map(SuiteFiles::field))
            .map(fields -> fields.collect(Collectors.joining(",")));
    return Stream.concat(head, lines).map(line -> line + LINE_END).collect(Collectors.joining());
  }

  private static String field(Object value) {
    String text =
        value instanceof List<?> sizes
            ? sizes.stream().map(String::valueOf).collect(Collectors.joining("x"))
            : Objects.toString(value, "");
    return text.matches("[^,\"\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  /** The page holds all that it needs; without scripts its tables say the same as its charts. */
  static String page(SuiteReport report) throws IOException {
    List<SuiteTables.Part> parts = SuiteTables.of(report);
    StringBuilder body = new StringBuilder("<p class=\"lead\">");
    Testbed environment = report.environment();
    body.append(
            Stream.of("Measured by deit bench suite", environment.started(), environment.commit())
                .filter(Objects::nonNull)
                .map(Html::escape)
                .collect(Collectors.joining(" · ")))
        .append("</p>\n");
    if (report.settings().quick()) {
      body.append("<p class=\"warning\">A quick run, for a first look: few samples, short")
          .append(" warm-up. Publish numbers of a full one.</p>\n");
    }
    body.append("<nav><ul>\n");
    Map<String, String> titles = new LinkedHashMap<>();
    parts.forEach(part -> titles.put(part.id(), part.title()));
    titles.forEach(
        (id, title) ->
            body.append("<li><a href=\"#%s\">%s</a></li>\n".formatted(id, Html.escape(title))));
    body.append("</ul></nav>\n<main>\n");
    for (Map.Entry<String, String> title : titles.entrySet()) {
      body.append("<section id=\"%s\">\n<h2>%s</h2>\n".formatted(title.getKey(), title.getValue()))
          .append("<div class=\"charts\" data-charts=\"%s\">".formatted(title.getKey()))
          .append(title.getValue().equals(Breakdown.TITLE) ? bars(report) : "")
          .append("</div>\n");
      parts.stream()
          .filter(part -> part.id().equals(title.getKey()))
          .forEach(part -> body.append(part.html()));
      body.append("</section>\n");
    }
    body.append("</main>\n<p class=\"note\">Charts by uPlot 1.6.30, MIT licence.</p>\n")
        .append("<style>\n%s\n".formatted(resource(CHARTS + "dist/uPlot.min.css")))
        .append("%s</style>\n".formatted(resource("charts.css")))
        .append("<script>\n/*\n%s*/\n".formatted(resource(CHARTS + "LICENSE")))
        .append(resource(CHARTS + "dist/uPlot.iife.min.js"))
        .append("\nconst report = %s;\n".formatted(data(report)))
        .append(resource("charts.js"))
        .append("</script>\n");
    return HtmlPage.of("DeiT on " + environment.processor(), body.toString());
  }

  private static String bars(SuiteReport report) {
    return report.breakdowns().stream().map(SuiteFiles::bars).collect(Collectors.joining());
  }

  private static String bars(Breakdown breakdown) {
    double longest =
        breakdown.lines().stream().mapToDouble(Breakdown.Line::milliseconds).max().orElse(1);
    return Bars.figure(
        breakdown.cell().toString(),
        longest,
        breakdown.lines().stream()
            .map(
                line ->
                    new Bars.Bar(
                        line.op(),
                        line.milliseconds(),
                        ResultTable.number(line.milliseconds()) + " ms",
                        0))
            .toList());
  }

  /** What the charts are drawn from; nothing in it ends the script. */
  private static String data(SuiteReport report) {
    Ceilings ceilings = new Ceilings(report.ceilings());
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Measurement each : report.measurements()) {
      Ceilings.Roof roof = ceilings.roof(each.cell());
      Map<String, Object> row = each.toRow();
      row.put("contender", each.cell().contender());
      row.put("peak", Double.isNaN(roof.gflops()) ? null : roof.gflops());
      row.put("bandwidth", Double.isNaN(roof.bandwidth()) ? null : roof.bandwidth());
      rows.add(row);
    }
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("measurements", rows);
    data.put("threads", report.settings().threads().getLast());
    return JsonWriter.compact(data).replace("<", "\\u003c");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = SuiteFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(
            "report.html: expected %s on the class path, found no such resource: bench needs the jar org.webjars.npm:uplot"
                .formatted(name));
      }
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
