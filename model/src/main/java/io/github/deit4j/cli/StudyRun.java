package io.github.deit4j.cli;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.device.Backend;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.study.ModelMeasures;
import io.github.deit4j.study.StudyFile;
import io.github.deit4j.study.StudyPart;
import io.github.deit4j.study.StudyResults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Trains and measures what a study has no results of yet, model by model. What was measured is in
 * the study's file before the next model is trained.
 *
 * @param command whose study it is
 * @param results so far
 * @param images the data set's folder
 * @param out the study's folder
 * @param test images on which models are measured
 */
record StudyRun(
    Subcommand.OnDevice command,
    StudyResults results,
    Path images,
    Path out,
    Backend backend,
    Dataset test) {
  private static final String MODEL = "model.safetensors";
  private static final double NANOS = 1e9;

  /** One model of one seed. */
  private record Task(StudyPart part, long seed) {
    Path folder(Path out) {
      return out.resolve("seed-" + seed).resolve(part.name());
    }

    Path weights(Path out) {
      return folder(out).resolve(MODEL);
    }
  }

  /**
   * Trains and measures.
   *
   * @param only as {@link StudyPart#isOf}
   * @return false if somebody stopped it
   */
  boolean train(List<Long> seeds, String only) throws IOException, InterruptedException {
    List<Task> tasks = tasks(seeds, only);
    Timing timing = new Timing();
    for (int i = 0; i < tasks.size(); i++) {
      Task task = tasks.get(i);
      if (!isDone(out, task.part, task.seed)) {
        command.terminal.say(
            "seed %d: training %s, model %d of %d%s"
                .formatted(
                    task.seed,
                    task.part.name(),
                    i + 1,
                    tasks.size(),
                    timing.left(tasks.subList(i, tasks.size()))));
        long began = System.nanoTime();
        if (session(task).run(backend, _ -> {}).cancelled()) {
          return false;
        }
        timing.add(task.part, (System.nanoTime() - began) / NANOS);
      }
      measure(task, only);
      StudyFile.write(out, results);
    }
    return true;
  }

  /** Returns the models without results, each behind those that have to be there with it. */
  private List<Task> tasks(List<Long> seeds, String only) {
    Set<Task> tasks = new LinkedHashSet<>();
    for (long seed : seeds) {
      for (StudyPart part : results.parts()) {
        boolean uncompared = isCompared(part, only) && !results.hasDisagreements(seed);
        if (part.isOf(only) && (uncompared || !results.has(part, seed))) {
          companions(part, only).forEach(other -> tasks.add(new Task(other, seed)));
          tasks.add(new Task(part, seed));
        }
      }
    }
    return List.copyOf(tasks);
  }

  /** Returns a model's teacher and, where tables compare it with others, those. */
  private List<StudyPart> companions(StudyPart part, String only) {
    List<String> names = new ArrayList<>();
    if (part.teacher() != null) {
      names.add(part.teacher());
    }
    if (isCompared(part, only)) {
      names.add(StudyPart.NONE);
    }
    return names.stream().map(results::part).toList();
  }

  private static boolean isCompared(StudyPart part, String only) {
    return only == null && part.name().equals(StudyPart.HARD_TOKEN);
  }

  /**
   * Returns whether a model is trained. Results are the last that a run writes.
   *
   * @throws UsageException if its folder has a model of another recipe
   */
  static boolean isDone(Path out, StudyPart part, long seed) throws IOException {
    Path folder = new Task(part, seed).folder(out);
    if (!Files.exists(folder.resolve(RunFolder.RESULTS))) {
      return false;
    }
    Path recipe = folder.resolve(RunFolder.RECIPE);
    List<Recipe.Difference> differences =
        Recipe.ofRun(recipe.toString(), Files.readString(recipe)).diff(part.recipe(seed));
    if (!differences.isEmpty()) {
      throw new UsageException(
          folder
              + ": expected a model of this study, found one of another recipe: "
              + differences
              + "; choose another --out or remove the folder");
    }
    return true;
  }

  /** A training from the newest checkpoint, if there is one. */
  private TrainingSession session(Task task) {
    Path folder = task.folder(out);
    String teacher = task.part.teacher();
    return new TrainingSession(
        command,
        task.part.recipe(task.seed),
        images,
        folder,
        teacher == null ? null : new Task(results.part(teacher), task.seed).weights(out),
        Files.isDirectory(folder),
        Integer.MAX_VALUE,
        0);
  }

  private void measure(Task task, String only) throws IOException, InterruptedException {
    List<Integer> labels = IntStream.range(0, test.size()).mapToObj(test::label).toList();
    ModelMeasures measured = measures(task);
    results.add(task.part, task.seed, task.weights(out), measured, labels);
    if (isCompared(task.part, only)) {
      results.addDisagreements(
          task.seed,
          measures(new Task(results.part(StudyPart.CONVNET), task.seed)),
          measures(new Task(results.part(StudyPart.NONE), task.seed)),
          measured,
          labels);
    }
  }

  private ModelMeasures measures(Task task) throws IOException, InterruptedException {
    return ModelMeasures.of(task.weights(out), backend, test);
  }

  /** What models of this study took so far, to tell how long the rest will take. */
  private static final class Timing {
    private final Map<String, Double> secondsPerEpoch = new HashMap<>();

    void add(StudyPart part, double seconds) {
      secondsPerEpoch.put(part.name(), seconds / part.epochs());
    }

    /** A model never trained before is taken for one of the average. */
    String left(List<Task> tasks) {
      if (secondsPerEpoch.isEmpty()) {
        return "";
      }
      double mean = secondsPerEpoch.values().stream().mapToDouble(x -> x).average().orElseThrow();
      double seconds =
          tasks.stream()
              .mapToDouble(
                  task -> task.part.epochs() * secondsPerEpoch.getOrDefault(task.part.name(), mean))
              .sum();
      return ", about %s left".formatted(ProgressBar.time(seconds));
    }
  }
}
