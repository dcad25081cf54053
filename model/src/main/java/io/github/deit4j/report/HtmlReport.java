package io.github.deit4j.report;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Setting;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes {@code report.html}: results, curves, settings and environment of a run. */
public final class HtmlReport {
  /** The file's name in the run folder. */
  public static final String FILE = "report.html";

  /** Charts that come first, in this order. */
  private static final List<String> FIRST = List.of("loss", "top1", "top5", "lr");

  private final Path runFolder;
  private final Recipe recipe;
  private final StringBuilder html = new StringBuilder();

  private HtmlReport(Path runFolder) throws IOException {
    this.runFolder = runFolder;
    Path file = runFolder.resolve(RunFolder.RECIPE);
    this.recipe = Recipe.parse(file.toString(), Files.readString(file));
  }

  /**
   * Writes the report of a run, finished or not, and returns its path.
   *
   * @throws io.github.deit4j.recipe.RecipeException if the run's recipe is damaged
   * @throws CannotWriteException if the report cannot be written
   * @throws IOException if the folder holds no run, or one of its files cannot be read
   */
  public static Path write(Path runFolder) throws IOException {
    Path file = runFolder.resolve(FILE);
    AtomicFiles.writeString(file, new HtmlReport(runFolder).page());
    return file;
  }

  private String page() throws IOException {
    html.append("<p>").append(Html.escape(summary())).append("</p>\n");
    results();
    curves();
    settings();
    environment();
    return HtmlPage.of(recipe.get(Settings.NAME), html.toString());
  }

  private String summary() {
    return "Model "
        + recipe.get(Settings.MODEL)
        + " on "
        + recipe.get(Settings.DATA)
        + ", "
        + recipe.get(Settings.EPOCHS)
        + " epochs at an effective batch of "
        + recipe.effectiveBatch()
        + ".";
  }

  private void results() throws IOException {
    heading("Results");
    Path file = runFolder.resolve(RunFolder.RESULTS);
    if (!Files.exists(file)) {
      html.append("<p>None yet: the run has not ended.</p>\n");
      return;
    }
    Map<String, Map<String, Double>> rows = new LinkedHashMap<>();
    collect(rows, "", Json.read(file));
    Set<String> columns = new LinkedHashSet<>();
    rows.values().forEach(row -> columns.addAll(row.keySet()));
    startTable("Head", columns.stream().map(Quantity::title).toList());
    rows.forEach((name, row) -> tableRow(name, columns.stream().map(c -> cell(c, row)).toList()));
    endTable();
  }

  private static String cell(String column, Map<String, Double> row) {
    Double value = row.get(column);
    return value == null ? "" : Quantity.of(column).format(value);
  }

  /** Makes a row of each object that holds numbers, however deep it lies. */
  private static void collect(Map<String, Map<String, Double>> rows, String name, JsonValue object)
      throws JsonException {
    for (String key : object.keys()) {
      JsonValue value = object.get(key);
      switch (value.value()) {
        case Map<?, ?> _ -> collect(rows, (name + " " + key).strip(), value);
        case Number number ->
            rows.computeIfAbsent(name, row -> new LinkedHashMap<>()).put(key, number.doubleValue());
        case null, default -> {}
      }
    }
  }

  private void curves() throws IOException {
    heading("Curves");
    Curves curves = Curves.read(runFolder.resolve(RunFolder.METRICS));
    if (curves.charts().isEmpty()) {
      html.append("<p>None yet: nothing has been measured.</p>\n");
    }
    Set<String> order = new LinkedHashSet<>(FIRST);
    order.addAll(curves.charts().keySet());
    order.retainAll(curves.charts().keySet());
    html.append("<div class=\"charts\">\n");
    order.forEach(
        chart -> html.append(LineChart.draw(chart, curves.charts().get(chart), curves.names())));
    html.append("</div>\n");
    if (curves.unreadable() > 0) {
      html.append("<p class=\"note\">Lines of ")
          .append(RunFolder.METRICS)
          .append(" that could not be read: ")
          .append(curves.unreadable())
          .append(".</p>\n");
    }
  }

  private void settings() {
    heading("Recipe");
    startTable("Setting", List.of("Value", "Meaning"));
    for (Setting<?> setting : Settings.all().values()) {
      tableRow(setting.key(), List.of(recipe.valueAsYaml(setting), setting.description()));
    }
    endTable();
  }

  private void environment() throws IOException {
    Path file = runFolder.resolve(RunFolder.ENVIRONMENT);
    if (!Files.exists(file)) {
      return;
    }
    heading("Environment");
    for (JsonValue session : Json.read(file).get("sessions").items()) {
      startTable("Property", List.of("Value"));
      for (String key : session.keys()) {
        tableRow(key, List.of(text(session.get(key).value())));
      }
      endTable();
    }
  }

  private static String text(Object value) {
    return switch (value) {
      case List<?> list -> String.join(" ", list.stream().map(String::valueOf).toList());
      case Map<?, ?> map when map.isEmpty() -> "none";
      case null, default -> String.valueOf(value);
    };
  }

  private void heading(String text) {
    html.append("<h2>").append(text).append("</h2>\n");
  }

  private void startTable(String first, List<String> others) {
    html.append("<div class=\"table\"><table>\n<thead><tr><th scope=\"col\">")
        .append(Html.escape(first))
        .append("</th>");
    others.forEach(
        name -> html.append("<th scope=\"col\">").append(Html.escape(name)).append("</th>"));
    html.append("</tr></thead>\n<tbody>\n");
  }

  private void tableRow(String first, List<String> others) {
    html.append("<tr><th scope=\"row\">").append(Html.escape(first)).append("</th>");
    others.forEach(cell -> html.append("<td>").append(Html.escape(cell)).append("</td>"));
    html.append("</tr>\n");
  }

  private void endTable() {
    html.append("</tbody></table></div>\n");
  }
}
