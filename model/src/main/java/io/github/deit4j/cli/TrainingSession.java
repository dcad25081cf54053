package io.github.deit4j.cli;

import io.github.deit4j.backend.Backend;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Datasets;
import io.github.deit4j.data.ImageDecoder;
import io.github.deit4j.data.ImageFolder;
import io.github.deit4j.data.Split;
import io.github.deit4j.distill.DistillationType;
import io.github.deit4j.distill.ModelTeacher;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.distill.Teachers;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.report.HtmlReport;
import io.github.deit4j.train.Environment;
import io.github.deit4j.train.Recipe;
import io.github.deit4j.train.RecipeData;
import io.github.deit4j.train.RunFolder;
import io.github.deit4j.train.Settings;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.TrainingResult;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One run of a recipe from the command line.
 *
 * @param recipe resolved
 * @param data the data set's folder
 * @param out the run's folder
 * @param teacher weights of the teacher; null without
 * @param resume whether to go on in {@code out}
 * @param threads threads of the backend, for the record
 * @param maxSteps end after so many optimizer steps since the run's beginning
 * @param maxBad how many images may be unreadable
 * @param commandLine the command as typed, for the record
 * @param silent whether to show no progress
 */
record TrainingSession(
    Recipe recipe,
    Path data,
    Path out,
    Path teacher,
    boolean resume,
    int threads,
    int maxSteps,
    int maxBad,
    List<String> commandLine,
    boolean silent) {

  /**
   * Trains, and writes the report unless a signal ended the run.
   *
   * @param ended hears how the run ended, while a signal that will end the process still waits
   */
  TrainingResult run(Terminal terminal, Backend backend, Consumer<TrainingResult> ended)
      throws IOException, InterruptedException {
    try (Teacher teaches = teacher == null ? null : loadTeacher(backend);
        Dataset all = open(Split.TRAIN);
        Dataset test = isUnsplitFolder() ? null : open(Split.TEST)) {
      Dataset train = RecipeData.trainingImages(recipe, all);
      boolean lacksTeacher = teaches == null && recipe.get(Settings.DISTILLATION).needsTeacher();
      Recipe resolved =
          lacksTeacher ? recipe.with(Settings.DISTILLATION, DistillationType.NONE) : recipe;
      Trainer.check(resolved, train, teaches);
      Environment environment = environment(backend, train.size());
      try (RunFolder folder =
              resume
                  ? RunFolder.resume(out, resolved, environment)
                  : RunFolder.create(out, resolved, environment);
          StopSignal signal = new StopSignal()) {
        TrainingResult result;
        try (ConsoleListener listener =
            new ConsoleListener(
                terminal, silent, Math.toIntExact(resolved.effectiveBatch()), signal)) {
          Trainer.TrainingRun run =
              new Trainer.TrainingRun(train, test, teaches, folder, listener, maxSteps, maxBad);
          result = new Trainer(backend, resolved, run).train();
        }
        if (!result.cancelled()) {
          HtmlReport.write(folder.path());
        }
        ended.accept(result);
        return result;
      }
    }
  }

  private Teacher loadTeacher(Backend backend) throws IOException {
    if (!recipe.get(Settings.DISTILLATION).needsTeacher()) {
      throw new UsageException(
          "--teacher: expected a recipe that distils, found distillation: "
              + recipe.valueAsYaml(Settings.DISTILLATION)
              + "; add --set distillation=hard or leave the teacher out");
    }
    Teacher loaded = Teachers.load(teacher, backend);
    if (loaded instanceof ModelTeacher model) {
      requireSameImages(model);
    } else {
      requireSameImagesEveryTime();
    }
    return loaded;
  }

  private void requireSameImages(ModelTeacher loaded) {
    ModelConfig config = loaded.info().config();
    int size = recipe.get(Settings.IMAGE_SIZE);
    int channels = recipe.get(Settings.CHANNELS);
    if (config.imageSize() != size || config.channels() != channels) {
      loaded.close();
      throw new UsageException(
          "--teacher: expected a model for images of %d channels and %d pixels like the student,"
                  .formatted(channels, size)
              + " found one for %d and %d".formatted(config.channels(), config.imageSize()));
    }
  }

  /** Stored logits know an image and its mirror image, nothing else. */
  private void requireSameImagesEveryTime() {
    int padding = recipe.get(Settings.CROP_PADDING);
    if (padding > 0) {
      throw new UsageException(
          "--teacher: expected a recipe without random crops for stored logits, found"
              + " crop-padding: %d; add --set crop-padding=0 or give the model itself"
                  .formatted(padding));
    }
  }

  private boolean isUnsplitFolder() throws DatasetException {
    return recipe.get(Settings.DATA).equals(Datasets.IMAGE_FOLDER) && !ImageFolder.hasSplits(data);
  }

  private Dataset open(Split split) throws DatasetException {
    return isUnsplitFolder()
        ? ImageFolder.open(data)
        : Datasets.open(recipe.get(Settings.DATA), data, split);
  }

  private Environment environment(Backend backend, int images) throws IOException {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put("training-images", Integer.toString(images));
    inputs.put("max-bad", Integer.toString(maxBad));
    inputs.put("teacher", teacher == null ? "none" : Sha256.of(teacher));
    if (recipe.get(Settings.DATA).equals(Datasets.IMAGE_FOLDER)) {
      inputs.put("jpeg-decoder", ImageDecoder.description("jpeg"));
    }
    return new Environment(Version.current(), backend.description(), threads, commandLine, inputs);
  }
}
