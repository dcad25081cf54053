package io.github.deit4j.report;

import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.study.StudyPart;
import io.github.deit4j.study.StudyResults;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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
   * @param runs run folders whose curves are shown, by part
   */
  public static void write(
      Path folder, StudyResults results, String command, Map<StudyPart, Path> runs)
      throws IOException {
    String name = "study-" + results.name();
    AtomicFiles.writeString(folder.resolve(name + ".json"), JsonWriter.pretty(results.toJson()));
    List<Table> tables = new StudyTables(results).all();
    AtomicFiles.writeString(folder.resolve(name + ".md"), markdown(results, command, tables));
    AtomicFiles.writeString(
        folder.resolve(name + ".html"), html(results, command, tables, charts(runs)));
  }

  private static String title(StudyResults results) {
    return "Distillation on " + results.name();
  }

  private static String how(String command) {
    return ("Repeat it with: %s. Every model's folder has its whole recipe in %s; the same recipe,"
            + " seed and data give the same weights.")
        .formatted(command, RunFolder.RECIPE);
  }

  private static String markdown(StudyResults results, String command, List<Table> tables) {
    StringBuilder text = new StringBuilder("# ").append(title(results)).append("\n\n");
    text.append(how(command)).append("\n\n");
    tables.forEach(table -> text.append(table.markdown()));
    return text.toString();
  }

  private static String html(
      StudyResults results, String command, List<Table> tables, String charts) throws IOException {
    StringBuilder html =
        new StringBuilder("<p>").append(HtmlPage.escape(how(command))).append("</p>\n");
    tables.forEach(table -> html.append(table.html()));
    return HtmlPage.withCurves(title(results), html.append(charts).toString());
  }

  private static String charts(Map<StudyPart, Path> runs) throws IOException {
    Map<String, List<Curves.Point>> curves = new LinkedHashMap<>();
    for (Map.Entry<StudyPart, Path> run : runs.entrySet()) {
      StudyPart part = run.getKey();
      var top1 = Curves.read(run.getValue().resolve(RunFolder.METRICS)).charts().get(TOP1);
      String head = part.token() ? "evaluation joint" : "evaluation class";
      if (top1 != null && top1.containsKey(head)) {
        curves.put(part.name(), top1.get(head));
      }
    }
    return curves.isEmpty()
        ? ""
        : "<h2>Curves of the first seed</h2>\n<div class=\"charts\">\n%s</div>\n"
            .formatted(Curves.figure(TOP1, curves));
  }
}
