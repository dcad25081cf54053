package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.ReportWriter;
import io.github.deit4j.bench.suite.SuiteReport;
import io.github.deit4j.report.HtmlPage;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Writes {@code report.html}: the whole report as one page that needs nothing else. */
public final class HtmlReportWriter implements ReportWriter {
  /** The file's name in the suite's folder. */
  public static final String FILE = "report.html";

  /** Keeps nothing. */
  public HtmlReportWriter() {}

  @Override
  public void write(SuiteReport report, Path folder) throws IOException {
    AtomicFiles.writeString(folder.resolve(FILE), page(report));
  }

  private static String page(SuiteReport report) throws IOException {
    Results results = new Results(report);
    Map<String, String> sections = new LinkedHashMap<>();
    sections.put("Throughput", Throughput.html(results));
    sections.put("Crossover", Crossovers.html(results));
    sections.put("Roofline", Rooflines.html(results));
    sections.put("Threads", Scaling.html(results));
    sections.put("Where the time goes", Steps.html(results));
    sections.put("All results", AllResults.html(results));
    sections.put("Absent", Remarks.absences(results));
    sections.put("Noise", Remarks.noise(results));
    sections.put("Environment", Remarks.environment(results));
    StringBuilder body = new StringBuilder(Overview.html(results)).append("<nav><ul>\n");
    sections.keySet().forEach(name -> body.append(link(name)));
    body.append("</ul></nav>\n").append(Headline.html(results)).append("<main>\n");
    sections.forEach((name, html) -> body.append(section(name, html)));
    return HtmlPage.of(Overview.title(results), body.append("</main>\n").toString());
  }

  private static String id(String name) {
    return name.toLowerCase(Locale.ROOT).replace(' ', '-');
  }

  private static String link(String name) {
    return "<li><a href=\"#%s\">%s</a></li>\n".formatted(id(name), name);
  }

  private static String section(String name, String html) {
    return "<section id=\"%s\">\n<h2>%s</h2>\n%s</section>\n".formatted(id(name), name, html);
  }
}
