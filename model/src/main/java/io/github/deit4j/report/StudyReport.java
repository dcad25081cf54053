package io.github.deit4j.report;

import io.github.deit4j.run.RunFolder;
import io.github.deit4j.study.StudyFile;
import io.github.deit4j.study.StudyResults;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes what came out of a study: JSON for programs, Markdown and HTML for people. */
public final class StudyReport {
  private static final String TOP1 = "top1";

  private StudyReport() {}

  /**
   * Writes {@code study-NAME.json}, {@code .md} and {@code .html} into a folder.
   *
   * @param command what repeats the study
   */
  public static void write(Path folder, StudyResults results, String command) throws IOException {
    String name = "study-" + results.name();
    StudyFile.write(folder, results);
    StudyTables tables = new StudyTables(results);
    AtomicFiles.writeString(folder.resolve(name + ".md"), markdown(results, command, tables));
    AtomicFiles.writeString(folder.resolve(name + ".html"), html(results, command, tables));
  }

  private static String title(StudyResults results) {
    return "Distillation on " + results.name();
  }

  private static String how(String command) {
    return ("Repeat it with: %s. Every model's folder has its whole recipe in %s; the same recipe,"
            + " seed and data give the same weights.")
        .formatted(command, RunFolder.RECIPE);
  }

  private static String markdown(StudyResults results, String command, StudyTables tables) {
    StringBuilder text = new StringBuilder("# ").append(title(results)).append("\n\n");
    text.append(how(command)).append("\n\n");
    tables.all().forEach(table -> text.append(table.markdown()));
    return text.toString();
  }

  private static String html(StudyResults results, String command, StudyTables tables)
      throws IOException {
    StringBuilder html =
        new StringBuilder("<p>").append(HtmlPage.escape(how(command))).append("</p>\n");
    html.append(chart(tables));
    tables.all().forEach(table -> html.append(table.html()));
    return HtmlPage.withCurves(title(results), html.toString());
  }

  private static String chart(StudyTables tables) {
    Map<String, List<Curves.Point>> curves = tables.curves();
    return curves.isEmpty()
        ? ""
        : "<div class=\"charts\">\n%s</div>\n".formatted(Curves.figure(TOP1, "epochs", curves));
  }
}
