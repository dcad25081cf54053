package io.github.deit4j.cli;

import io.github.deit4j.cli.InspectCommand.Inspection;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How far a run has come. Reads only, so that it can look at a run that is going on.
 *
 * @param recipe name of the recipe
 * @param latest name of the newest checkpoint; null before the first
 * @param metrics the last line of metrics; null before the first
 * @param results the scores at the end; null before
 */
record RunInspection(Path folder, String recipe, String latest, Object metrics, Object results)
    implements Inspection {

  /**
   * Reads a run's folder.
   *
   * @throws FormatException if it holds no run, or a damaged one
   */
  static RunInspection of(Path folder) throws IOException {
    Path recipe = folder.resolve(RunFolder.RECIPE);
    if (!Files.exists(recipe)) {
      throw new FormatException(
          folder, "a safetensors file or a run's folder", "a folder without " + RunFolder.RECIPE);
    }
    Path latest = folder.resolve("latest");
    Path results = folder.resolve(RunFolder.RESULTS);
    return new RunInspection(
        folder,
        Recipe.parse(recipe.toString(), Files.readString(recipe)).get(Settings.NAME),
        Files.exists(latest) ? Files.readString(latest).strip() : null,
        lastLine(folder.resolve(RunFolder.METRICS)),
        Files.exists(results) ? Json.read(results).value() : null);
  }

  /** The last line may be half written, if the run is going on or was killed. */
  private static Object lastLine(Path metrics) throws IOException {
    if (!Files.exists(metrics)) {
      return null;
    }
    String last = null;
    String previous = null;
    try (Stream<String> lines = Files.lines(metrics)) {
      for (String line : (Iterable<String>) lines::iterator) {
        previous = last;
        last = line;
      }
    }
    try {
      return parse(metrics, last);
    } catch (JsonException e) {
      return parse(metrics, previous);
    }
  }

  private static Object parse(Path metrics, String line) throws JsonException {
    return line == null ? null : Json.read(metrics.toString(), line).value();
  }

  @Override
  public Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("folder", folder.toString());
    json.put("recipe", recipe);
    json.put("checkpoint", latest);
    json.put("metrics", metrics);
    json.put("results", results);
    return json;
  }

  @Override
  public void print(PrintWriter out) {
    out.println(folder + ": run of recipe " + recipe);
    out.println("checkpoint: " + (latest == null ? "none yet" : latest));
    out.println("metrics: " + (metrics == null ? "none yet" : JsonWriter.compact(metrics)));
    out.println("results: " + (results == null ? "none yet" : JsonWriter.compact(results)));
  }
}
