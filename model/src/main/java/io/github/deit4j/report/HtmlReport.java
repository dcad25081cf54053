package io.github.deit4j.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Setting;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.report.EvaluationReport.Evaluation;
import io.github.deit4j.run.Extension;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes {@code report.html}: results, curves, classes and mistakes of the last evaluation,
 * settings and environment of a run.
 */
public final class HtmlReport {
  /** The file's name in the run folder. */
  public static final String FILE = "report.html";

  /** Charts that come first, in this order. */
  private static final List<String> FIRST = List.of("loss", "top1", "top5", "lr");

  /** Bytes of a report within which its mark is. */
  private static final int HEAD = 1 << 16;

  private final Path runFolder;
  private final Recipe recipe;
  private final StringBuilder html = new StringBuilder();

  HtmlReport(Path runFolder) throws IOException {
    this.runFolder = runFolder;
    Path file = runFolder.resolve(RunFolder.RECIPE);
    this.recipe = Recipe.ofRun(file.toString(), Files.readString(file));
  }

  /**
   * Writes the report of a run, finished or not, and returns its path.
   *
   * @param evaluation of the weights that it ended with, if these were evaluated
   * @throws io.github.deit4j.recipe.RecipeException if the run's recipe is damaged
   * @throws CannotWriteException if the report cannot be written
   * @throws IOException if the folder holds no run, or one of its files cannot be read
   */
  public static Path write(Path runFolder, Optional<Evaluation> evaluation) throws IOException {
    Path file = runFolder.resolve(FILE);
    HtmlReport report = new HtmlReport(runFolder);
    Curves curves = Curves.read(runFolder.resolve(RunFolder.METRICS));
    report.html.append(report.mark(curves.step())).append('\n');
    String body = report.body(curves, evaluation, report.lastSession());
    AtomicFiles.writeString(file, HtmlPage.withCurves(report.recipe.get(Settings.NAME), body));
    return file;
  }

  /** Returns by what a report is known to be of the end of a run, not of an earlier end. */
  private String mark(long step) throws IOException {
    return "<!-- sessions: %d, step: %d -->".formatted(sessions().size(), step);
  }

  /**
   * Returns whether the run's folder has a report that was written after all sessions so far, when
   * so many steps were done.
   */
  boolean isWrittenAt(long step) throws IOException {
    try (InputStream in = Files.newInputStream(runFolder.resolve(FILE))) {
      return new String(in.readNBytes(HEAD), UTF_8).contains(mark(step));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private String lastSession() throws IOException {
    List<JsonValue> sessions = sessions();
    if (sessions.isEmpty()) {
      return "";
    }
    JsonValue started = sessions.getLast().get("started");
    try {
      Duration took = Duration.between(Instant.parse(started.asString()), Instant.now());
      return " %s %s, evaluations and all."
          .formatted(
              sessions.size() == 1 ? "The run took" : "Its last session took",
              Metric.duration(took.toMillis() / 1e3));
    } catch (DateTimeParseException e) {
      throw started.error("expected a time, found " + started.asString());
    }
  }

  /** Returns what is known of the sessions of the run. */
  List<JsonValue> sessions() throws IOException {
    Path file = runFolder.resolve(RunFolder.ENVIRONMENT);
    return Files.exists(file) ? Json.read(file).get("sessions").items() : List.of();
  }

  /**
   * Returns what there is to read of a run, without the page around it.
   *
   * @param lastSession how long it took; empty while it goes on
   */
  String body(Curves curves, Optional<Evaluation> evaluation, String lastSession)
      throws IOException {
    paragraph(summary() + duration(curves) + lastSession);
    for (Extension extension : Extension.read(runFolder)) {
      String words = extension.toString();
      paragraph("The run was " + words + ".");
    }
    results();
    curves(curves);
    evaluation.ifPresent(of -> html.append(EvaluationReport.part(of)));
    settings();
    environment();
    return html.toString();
  }

  Recipe recipe() {
    return recipe;
  }

  private void paragraph(String text) {
    html.append("<p>").append(HtmlPage.escape(text)).append("</p>\n");
  }

  private String weightsSoFar() throws IOException {
    Path latest = runFolder.resolve(RunFolder.LATEST);
    return Files.exists(latest)
        ? " The weights so far are in checkpoints/%s/model.safetensors."
            .formatted(Files.readString(latest).strip())
        : "";
  }

  private String summary() {
    return "Model %s on %s, %d epochs at an effective batch of %d."
        .formatted(
            recipe.get(Settings.MODEL),
            recipe.get(Settings.DATA),
            recipe.get(Settings.EPOCHS),
            recipe.effectiveBatch());
  }

  /** Steps alone, since evaluations and checkpoints are not timed. */
  private static String duration(Curves curves) {
    List<Curves.Point> steps = curves.of("seconds");
    if (steps.isEmpty()) {
      return "";
    }
    double seconds = steps.stream().mapToDouble(Curves.Point::value).sum();
    return String.format(
        Locale.ROOT, " Its %,d optimizer steps took %s.", steps.size(), Metric.duration(seconds));
  }

  private void results() throws IOException {
    Path file = runFolder.resolve(RunFolder.RESULTS);
    if (!Files.exists(file)) {
      html.append("<h2>Results</h2>\n");
      paragraph("None yet: the run has not ended." + weightsSoFar());
      return;
    }
    Map<String, Map<String, Double>> rows = new LinkedHashMap<>();
    collect(rows, "", Json.read(file));
    Set<String> columns = new LinkedHashSet<>();
    rows.values().forEach(row -> columns.addAll(row.keySet()));
    List<String> header = new ArrayList<>(List.of("Head"));
    columns.forEach(column -> header.add(Metric.title(column)));
    List<List<String>> cells = new ArrayList<>();
    rows.forEach(
        (name, row) -> {
          List<String> line = new ArrayList<>(List.of(name));
          columns.forEach(column -> line.add(Metric.format(column, row.get(column))));
          cells.add(line);
        });
    html.append(new Table("Results", "", header, cells).html());
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

  private void curves(Curves curves) {
    html.append("<h2>Curves</h2>\n");
    if (curves.charts().isEmpty()) {
      html.append("<p>None yet: nothing has been measured.</p>\n");
    }
    Set<String> order = new LinkedHashSet<>(FIRST);
    order.addAll(curves.charts().keySet());
    order.retainAll(curves.charts().keySet());
    html.append("<div class=\"charts\">\n");
    order.forEach(
        chart -> html.append(Curves.figure(chart, "optimizer step", curves.charts().get(chart))));
    html.append("</div>\n");
    if (curves.unreadable() > 0) {
      html.append(
          "<p class=\"note\">Lines of %s that could not be read: %d.</p>\n"
              .formatted(RunFolder.METRICS, curves.unreadable()));
    }
  }

  private void settings() {
    List<List<String>> rows = new ArrayList<>();
    for (Setting<?> setting : Settings.all().values()) {
      rows.add(List.of(setting.key(), recipe.valueAsYaml(setting), setting.description()));
    }
    var header = List.of("Setting", "Value", "Meaning");
    html.append(new Table("Recipe", "", header, rows).html());
  }

  private void environment() throws IOException {
    List<JsonValue> sessions = sessions();
    if (!sessions.isEmpty()) {
      html.append("<h2>Environment</h2>\n");
    }
    for (JsonValue session : sessions) {
      List<List<String>> rows = new ArrayList<>();
      for (String key : session.keys()) {
        rows.add(List.of(key, text(session.get(key).value())));
      }
      html.append(new Table("Environment", "", List.of("Property", "Value"), rows).body());
    }
  }

  private static String text(Object value) {
    return switch (value) {
      case List<?> list -> String.join(" ", list.stream().map(String::valueOf).toList());
      case Map<?, ?> map when map.isEmpty() -> "none";
      case null, default -> String.valueOf(value);
    };
  }
}
