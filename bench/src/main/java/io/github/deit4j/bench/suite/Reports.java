package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.report.HtmlReportWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A report in all its forms. */
final class Reports {
  private static final List<ReportWriter> WRITERS =
      List.of(
          (report, folder) -> report.write(folder.resolve(SuiteReport.FILE)),
          new CsvWriter(),
          new MarkdownWriter(),
          new HtmlReportWriter());

  private Reports() {}

  /** Writes all of them into the folder. */
  static void write(SuiteReport report, Path folder) throws IOException {
    for (ReportWriter writer : WRITERS) {
      writer.write(report, folder);
    }
  }
}
