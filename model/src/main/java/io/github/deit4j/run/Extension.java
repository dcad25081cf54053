package io.github.deit4j.run;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A finished run that was resumed for more epochs. From then on the learning rate is that of a run
 * of so many epochs, without warm-up; it is not the run that this recipe would give from the start.
 *
 * @param step optimizer steps done then
 * @param from epochs that the run had
 * @param to epochs that it has since
 */
public record Extension(long step, int from, int to) {
  /** The file in a run's folder: {@code {"extensions": [{"step": 400, "from": 12, "to": 20}]}}. */
  public static final String FILE = "extended.json";

  private static final String EXTENSIONS = "extensions";

  /** Reads all of a run, in their order; none where there is no file. */
  public static List<Extension> read(Path folder) throws IOException {
    List<Extension> all = new ArrayList<>();
    if (Files.exists(folder.resolve(FILE))) {
      for (JsonValue each : Json.read(folder.resolve(FILE)).get(EXTENSIONS).items()) {
        all.add(
            new Extension(
                each.get("step").asLong(), each.get("from").asInt(), each.get("to").asInt()));
      }
    }
    return List.copyOf(all);
  }

  /**
   * Returns the recipe with which the run in a folder goes on where a command asks for another one:
   * the run's own with more epochs, if the other differs in these alone; else what is asked for. A
   * recipe that was fitted to its data may differ in the warm-up, too, which is over.
   */
  public static Recipe of(Path folder, Recipe asked) throws IOException {
    Path file = folder.resolve(RunFolder.RECIPE);
    if (!Files.isRegularFile(file)) {
      return asked;
    }
    Recipe own = Recipe.ofRun(file.toString(), Files.readString(file));
    Set<String> differences =
        own.diff(asked).stream().map(Recipe.Difference::key).collect(Collectors.toSet());
    if (asked.get(Settings.FIT_TO_DATA)) {
      differences.remove(Settings.WARMUP_EPOCHS.key());
    }
    return differences.equals(Set.of(Settings.EPOCHS.key()))
        ? own.with(Settings.EPOCHS, asked.get(Settings.EPOCHS))
        : asked;
  }

  /**
   * Returns the extension that a recipe means for the run in a folder; empty if it means none.
   *
   * @param own the run's recipe
   * @param stepsPerEpoch optimizer steps of an epoch; 0 where runs are not extended
   * @throws RunFolderException if the run is not at its end
   */
  static Optional<Extension> of(Path folder, Recipe own, Recipe asked, long stepsPerEpoch)
      throws IOException {
    int from = own.get(Settings.EPOCHS);
    int to = asked.get(Settings.EPOCHS);
    List<Recipe.Difference> differences = own.diff(asked);
    if (stepsPerEpoch == 0
        || to <= from
        || differences.size() != 1
        || !differences.getFirst().key().equals(Settings.EPOCHS.key())) {
      return Optional.empty();
    }
    Path latest = folder.resolve(CheckpointStore.LATEST);
    String found = Files.exists(latest) ? Files.readString(latest).strip() : "no checkpoint";
    long end = stepsPerEpoch * from;
    if (!found.equals("step-" + end)) {
      throw new RunFolderException(
          folder,
          ("expected a run at its end to extend, at step %d, found %s; bring it there first, with"
                  + " epochs=%d")
              .formatted(end, found, from));
    }
    return Optional.of(new Extension(end, from, to));
  }

  /** Adds this to those of a run. */
  void addTo(Path folder) throws IOException {
    List<Object> all = new ArrayList<>();
    for (Extension each : read(folder)) {
      if (each.step != step) { // one of this step was not begun
        all.add(each.toJson());
      }
    }
    all.add(toJson());
    AtomicFiles.writeString(folder.resolve(FILE), JsonWriter.pretty(Map.of(EXTENSIONS, all)));
  }

  private Map<String, Object> toJson() {
    return JsonWriter.object("step", step, "from", from, "to", to);
  }

  /** Returns it in words. */
  @Override
  public String toString() {
    return ("extended at step %d from %d to %d epochs: from there on the learning rate is that of %3$d"
            + " epochs without warm-up; %3$d epochs from the start would give another run")
        .formatted(step, from, to);
  }
}
