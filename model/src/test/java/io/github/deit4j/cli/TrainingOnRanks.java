package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.Local;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.Trainer.TrainingResult;
import io.github.deit4j.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs of a tiny training whose ranks are threads, each with a backend, data and teacher of its
 * own.
 *
 * @param training its data, recipe and runs
 * @param teacher the teacher's weights, or what it has said
 */
record TrainingOnRanks(TinyTraining training, Path teacher) {
  /** The paper's recipe, as far as grey images of 8 × 8 allow: everything that draws or mixes. */
  private static final List<String> EVERYTHING =
      List.of(
          "grain=4",
          "mixup=0.8",
          "cutmix=1",
          "repeated-aug=3",
          "erase=0.25",
          "dropout=0.1",
          "checkpoint-minutes=0");

  /** Writes the data and trains the teacher. */
  static TrainingOnRanks in(Path folder) throws IOException {
    TinyTraining training = TinyTraining.in(folder);
    training.trainTeacher();
    return new TrainingOnRanks(training, training.out("teacher").resolve("model.safetensors"));
  }

  /** Returns the settings of everything, and some more or others. */
  static List<String> sets(String... more) {
    Map<String, String> sets = new LinkedHashMap<>();
    Stream.concat(EVERYTHING.stream(), Stream.of(more))
        .forEach(set -> sets.put(set.substring(0, set.indexOf('=')), set));
    return new ArrayList<>(sets.values());
  }

  /** How ranks train, where they differ from the usual. */
  static final class Setup {
    String recipe = "recipe.yaml";
    String data = "data";
    int maxSteps = Integer.MAX_VALUE;
    int maxBad = 3;
    BiFunction<Integer, List<String>, List<String>> sets = (rank, same) -> same;
    BiFunction<Integer, Dataset, Dataset> images = (rank, same) -> same;
    IntFunction<TrainingListener> listener = rank -> new TrainingListener() {};
    BiFunction<Integer, Precision, Backend> backend =
        (rank, precision) -> Backends.select("cpu", 1, precision).backend();

    static Setup of(Consumer<Setup> changes) {
      Setup setup = new Setup();
      changes.accept(setup);
      return setup;
    }

    static Setup steps(int most) {
      return of(setup -> setup.maxSteps = most);
    }
  }

  List<TrainingResult> train(String run, int size, List<String> sets) throws Exception {
    return train(run, size, sets, new Setup());
  }

  List<TrainingResult> train(String run, int size, List<String> sets, Setup setup)
      throws Exception {
    return Local.run(size, ranks -> trainRank(run, ranks, sets, setup));
  }

  /** Trains as one rank. */
  TrainingResult trainRank(String run, Collective ranks, List<String> sets, Setup setup)
      throws Exception {
    Path folder = training.folder();
    List<String> changes = setup.sets.apply(ranks.rank(), sets);
    Recipe recipe = Recipe.load(folder.resolve(setup.recipe).toString(), changes);
    Precision precision = recipe.get(Settings.PRECISION);
    var format = Datasets.named(recipe.get(Settings.DATA));
    Path data = folder.resolve(setup.data);
    var environment = new Environment("1", "cpu", 1, List.of(), Map.of());
    boolean distils = recipe.get(Settings.DISTILLATION).needsTeacher();
    try (Backend backend = setup.backend.apply(ranks.rank(), precision);
        Teacher teaches = distils ? teacher(backend, recipe) : null;
        Dataset train = setup.images.apply(ranks.rank(), format.open(data, Split.TRAIN));
        Dataset test = setup.images.apply(ranks.rank(), format.open(data, Split.TEST));
        RunFolder out =
            ranks.rank() > 0 ? null : RunFolder.resume(training.out(run), recipe, environment, 0)) {
      return new Trainer(
              backend,
              recipe,
              train,
              test,
              teaches,
              out,
              setup.listener.apply(ranks.rank()),
              1,
              setup.maxSteps,
              setup.maxBad,
              System::nanoTime,
              ranks)
          .train();
    }
  }

  private Teacher teacher(Backend backend, Recipe recipe) throws IOException {
    int size = recipe.get(Settings.IMAGE_SIZE);
    return Teacher.load(teacher, backend, size, recipe.get(Settings.POSITION_RESIZE));
  }

  /** Everything that a run leaves and no clock has a part in. */
  String left(String run) throws IOException {
    Map<String, String> left = new TreeMap<>();
    training
        .files(run)
        .forEach(
            (file, digest) -> {
              String name = file.toString();
              if (!name.endsWith("environment.json")
                  && !name.endsWith("metrics.jsonl")
                  && !name.endsWith("recipe.yaml")) {
                left.put(name, digest);
              }
            });
    assertThat(left).containsKeys("model.safetensors", "model-ema.safetensors", "results.json");
    return left.entrySet().stream().map(Object::toString).collect(Collectors.joining("\n"))
        + training.metrics(run);
  }
}
