package io.github.deit4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows what is in a weight file or a run's folder. */
@Command(
    name = "inspect",
    description = {
      "Shows what is in a safetensors or PyTorch file or a Hugging Face folder: model, classes, preprocessing, metadata, tensors, and"
          + " how many of their numbers are not finite.",
      "Of a run's folder it shows how far the run has come."
    })
final class InspectCommand extends Subcommand.WithJson {
  @Parameters(
      paramLabel = "FILE|DIR|NAME",
      description =
          "A weight file, a Hugging Face folder, a run's folder, or the name of published weights.")
  private Path given;

  @Mixin private Options.HeadCount heads;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path file = heads.locate(given, this);
    Inspection found =
        Files.isDirectory(file) && !Files.exists(file.resolve("config.json"))
            ? RunInspection.of(file)
            : WeightsInspection.of(heads.source(file));
    print(found.toJson(), () -> found.print(terminal.out()));
    return ExitCode.OK;
  }

  /** What was found in a file or folder. */
  sealed interface Inspection permits WeightsInspection, RunInspection {
    /** Returns all of it as a JSON tree. */
    Map<String, Object> toJson();

    /** Prints it for people. */
    void print(PrintWriter out);
  }

  /**
   * How far a run has come. Reads only, so that it can look at a run that is going on.
   *
   * @param recipe name of the recipe
   * @param latest name of the newest checkpoint; null before the first
   * @param metrics the last line of metrics; null before the first
   * @param results the scores at the end; null before
   */
  private record RunInspection(
      Path folder, String recipe, String latest, Object metrics, Object results)
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
      // Not as strict UTF-8: the line may be torn within a character.
      List<String> lines = new String(Files.readAllBytes(metrics), UTF_8).lines().toList();
      try {
        return lines.isEmpty() ? null : Json.read(metrics.toString(), lines.getLast()).value();
      } catch (JsonException e) {
        int before = lines.size() - 2;
        return before < 0 ? null : Json.read(metrics.toString(), lines.get(before)).value();
      }
    }

    @Override
    public Map<String, Object> toJson() {
      return JsonWriter.object(
          "folder", folder.toString(),
          "recipe", recipe,
          "checkpoint", latest,
          "metrics", metrics,
          "results", results);
    }

    @Override
    public void print(PrintWriter out) {
      out.println(folder + ": run of recipe " + recipe);
      out.println("checkpoint: " + (latest == null ? "none yet" : latest));
      out.println("metrics: " + (metrics == null ? "none yet" : JsonWriter.compact(metrics)));
      out.println("results: " + (results == null ? "none yet" : JsonWriter.compact(results)));
    }
  }
}
