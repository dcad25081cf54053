package io.github.deit4j.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.tensorboard.EventFile;
import io.github.deit4j.tensorboard.Scalars;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folder of a run: {@code recipe.yaml}, {@code environment.json}, {@code metrics.jsonl}, {@code
 * results.json}, the checkpoints, TensorBoard's event files where the recipe wants them, and
 * whatever the trainer puts beside them. While it is open, no other process can open it.
 */
public final class RunFolder implements AutoCloseable {
  /** The resolved recipe. */
  public static final String RECIPE = "recipe.yaml";

  /**
   * Where and how the run took place: one entry for its start and one for each time it was resumed.
   */
  public static final String ENVIRONMENT = "environment.json";

  /** What was measured on the way. */
  public static final String METRICS = "metrics.jsonl";

  /** What came out. */
  public static final String RESULTS = "results.json";

  /** Names the newest checkpoint: {@code step-N}, a folder in {@code checkpoints}. */
  public static final String LATEST = CheckpointStore.LATEST;

  /** A folder that may be there before the run: where its teacher was trained. */
  public static final String TEACHER = "teacher";

  /**
   * Whatever the recipe says. The newest checkpoint may be ruined already, which shows by the loss
   * of the next step; the one before has gone through that.
   */
  private static final int LEAST_CHECKPOINTS = 2;

  private static final String SESSIONS = "sessions";

  private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.tmp-[0-9a-f-]{36}");

  private final Path folder;
  private final MetricsLog metrics;
  private final CheckpointStore checkpoints;
  private final boolean resumed;
  private final boolean writesEvents;

  /** Null before there is something to write. */
  private EventFile events;

  /** The first step that is done again, 0 if none is. */
  private long restart;

  private RunFolder(
      Path folder, MetricsLog metrics, Recipe recipe, Identity identity, boolean resumed)
      throws IOException {
    this.folder = folder;
    this.metrics = metrics;
    this.resumed = resumed;
    this.writesEvents = recipe.get(Settings.TENSORBOARD);
    this.checkpoints =
        CheckpointStore.open(
            folder, Math.max(LEAST_CHECKPOINTS, recipe.get(Settings.KEEP)), identity);
  }

  /**
   * Begins a run in a new or empty folder.
   *
   * @throws RunFolderException if the folder is not empty
   * @throws CannotWriteException if it cannot be created or written
   */
  public static RunFolder create(Path folder, Recipe recipe, Environment environment)
      throws IOException {
    requireEmpty(folder);
    AtomicFiles.createFolder(folder);
    return open(folder, recipe, environment, false, 0);
  }

  /**
   * Checks that a run can begin in a folder, which need not be there yet.
   *
   * @throws RunFolderException if the folder is not empty
   */
  public static void requireEmpty(Path folder) throws IOException {
    List<String> entries = Files.isDirectory(folder) ? entries(folder) : List.of();
    if (!entries.isEmpty()) {
      throw new RunFolderException(
          folder,
          ("expected a new or empty folder, found %s in it; choose another folder, or resume the"
                  + " run in it (--resume)")
              .formatted(entries.getFirst()));
    }
  }

  /**
   * Checks that a folder holds a run, going on or over.
   *
   * @throws RunFolderException if it does not
   */
  public static void requireRun(Path folder) throws RunFolderException {
    if (!Files.isRegularFile(folder.resolve(RECIPE))) {
      String found = Files.exists(folder) ? "no " + RECIPE + " in it" : "no such folder";
      throw new RunFolderException(folder, "expected the folder of a run, found " + found);
    }
  }

  /**
   * Continues the run in a folder. A folder in which no run has begun yet gets a new one; {@link
   * #isResumed()} tells which.
   *
   * @param stepsPerEpoch optimizer steps of an epoch, so that a finished run may get more epochs; 0
   *     for runs that may not
   * @throws RunFolderException if the folder holds something else than a run, or a run of other
   *     settings, whose differences the exception lists; or if it is in use
   * @throws OtherInputsException if the settings are the same, but data, class names, teacher or
   *     the weights to start from are not; lists the differences
   * @throws RecipeException if the run's recipe is damaged
   * @throws CannotWriteException if the folder cannot be written
   */
  public static RunFolder resume(
      Path folder, Recipe recipe, Environment environment, long stepsPerEpoch) throws IOException {
    AtomicFiles.createFolder(folder);
    if (isUntouched(folder)) {
      return open(folder, recipe, environment, false, 0);
    }
    if (!Files.isRegularFile(folder.resolve(RECIPE))) {
      throw new RunFolderException(
          folder, "expected a run to resume, found no " + RECIPE + " in it");
    }
    return open(folder, recipe, environment, true, stepsPerEpoch);
  }

  private static RunFolder open(
      Path folder, Recipe recipe, Environment environment, boolean resumed, long stepsPerEpoch)
      throws IOException {
    MetricsLog metrics = MetricsLog.open(folder.resolve(METRICS));
    try {
      Optional<Extension> extension =
          resumed ? requireSame(folder, recipe, environment, stepsPerEpoch) : Optional.empty();
      removeTemporaries(folder);
      addSession(folder, environment);
      if (extension.isPresent()) {
        extension.get().addTo(folder);
      }
      if (!resumed || extension.isPresent()) {
        AtomicFiles.writeString(folder.resolve(RECIPE), recipe.toYaml());
      }
      Identity identity =
          new Identity(environment.inputs())
              .with(Identity.RECIPE, recipe(folder, recipe.effectiveBatch()));
      return new RunFolder(folder, metrics, recipe, identity, resumed);
    } catch (IOException | RuntimeException e) {
      metrics.close();
      throw e;
    }
  }

  /**
   * Whether the folder holds no more than a run leaves that was killed before its recipe was
   * written.
   */
  private static boolean isUntouched(Path folder) throws IOException {
    Path metrics = folder.resolve(METRICS);
    if (Files.exists(metrics) && Files.size(metrics) > 0) {
      return false;
    }
    return entries(folder).stream()
        .allMatch(
            name ->
                TEMPORARY.matcher(name).matches()
                    || name.equals(ENVIRONMENT)
                    || name.equals(METRICS));
  }

  private static void removeTemporaries(Path folder) throws IOException {
    for (String name : entries(folder)) {
      if (TEMPORARY.matcher(name).matches()) {
        Files.delete(folder.resolve(name));
      }
    }
  }

  private static List<String> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.equals(TEACHER))
          .sorted()
          .toList();
    }
  }

  /** Returns by what the run is to be extended. */
  private static Optional<Extension> requireSame(
      Path folder, Recipe recipe, Environment environment, long stepsPerEpoch) throws IOException {
    Path stored = folder.resolve(RECIPE);
    Recipe began = Recipe.ofRun(stored.toString(), Files.readString(stored));
    List<String> differences = new ArrayList<>();
    Optional<Extension> extension = Extension.of(folder, began, recipe, stepsPerEpoch);
    if (extension.isEmpty()) {
      began.diff(recipe).forEach(difference -> differences.add(difference.toString()));
    }
    Identity before = inputs(folder);
    Identity present = new Identity(environment.inputs());
    differences.addAll(before.settingsThatDifferIn(present));
    List<String> inputs = before.inputsThatDifferIn(present);
    if (differences.isEmpty() && !inputs.isEmpty()) {
      throw new OtherInputsException(
          folder, "the data, class names, teacher and weights that the run began with", inputs);
    }
    differences.addAll(inputs);
    if (!differences.isEmpty()) {
      throw new RunFolderException(
          folder,
          ("expected the settings the run began with, found other ones:\n  %s\nresume with the same"
                  + " ones, or choose another folder")
              .formatted(String.join("\n  ", differences)));
    }
    return extension;
  }

  /** Returns the inputs with which the run began. */
  private static Identity inputs(Path folder) throws IOException {
    JsonValue sessions = Json.read(folder.resolve(ENVIRONMENT)).get(SESSIONS);
    if (sessions.items().isEmpty()) {
      throw sessions.error("expected at least one session, found none");
    }
    return Identity.of(sessions.items().getFirst().get("inputs"));
  }

  /**
   * Returns a digest of the settings as the run's file has them, without the comments. How the
   * effective batch is split does not count: checkpoints have the same bytes for any split; nor do
   * the epochs, which may be raised.
   */
  private static String recipe(Path folder, long effectiveBatch) throws IOException {
    List<String> settings = new ArrayList<>(List.of("effective batch " + effectiveBatch));
    for (String line : Files.readAllLines(folder.resolve(RECIPE))) {
      if (Stream.of(Settings.BATCH, Settings.ACCUMULATE, Settings.EPOCHS)
          .noneMatch(setting -> line.startsWith(setting.key() + ":") || line.startsWith("#"))) {
        settings.add(line);
      }
    }
    return Sha256.of(String.join("\n", settings).getBytes(UTF_8));
  }

  private static void addSession(Path folder, Environment environment) throws IOException {
    Path file = folder.resolve(ENVIRONMENT);
    List<Object> sessions = new ArrayList<>();
    if (Files.exists(folder.resolve(RECIPE))) {
      for (JsonValue session : Json.read(file).get(SESSIONS).items()) {
        sessions.add(session.value());
      }
    }
    sessions.add(environment.toJson());
    AtomicFiles.writeString(file, JsonWriter.pretty(Map.of(SESSIONS, sessions)));
  }

  /** Returns the path of the folder. */
  public Path path() {
    return folder;
  }

  /** Returns the path of a file in the folder. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  /** Returns whether a run had begun here before. */
  public boolean isResumed() {
    return resumed;
  }

  /** Returns where the run was extended. */
  public List<Extension> extensions() throws IOException {
    return Extension.read(folder);
  }

  /** Returns the run's checkpoints. */
  public CheckpointStore checkpoints() {
    return checkpoints;
  }

  /**
   * Continues from a step: takes the metrics back to that time.
   *
   * @param step optimizer steps done; 0 if there is no checkpoint
   */
  public void continueFrom(long step) throws IOException {
    metrics.cutBack(step);
    restart = resumed ? step + 1 : 0;
  }

  /**
   * Adds a line to {@code metrics.jsonl}, see {@link MetricsLog#append}, and the same to
   * TensorBoard's event file, where the recipe wants one.
   */
  public void log(long step, Map<String, Object> values) throws IOException {
    metrics.append(step, values);
    if (writesEvents) {
      if (events == null) {
        events = EventFile.create(folder, restart);
      }
      events.add(step, Scalars.of(values));
    }
  }

  /** Writes {@code results.json}. */
  public void writeResults(Map<String, Object> results) throws IOException {
    AtomicFiles.writeString(folder.resolve(RESULTS), JsonWriter.pretty(results));
  }

  /** Ends this process's hold on the folder. */
  @Override
  public void close() throws IOException {
    try (metrics) {
      if (events != null) {
        events.close();
      }
    }
  }
}
