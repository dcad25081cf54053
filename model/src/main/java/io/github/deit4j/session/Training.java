package io.github.deit4j.session;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RunImages;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.Trainer.TrainingResult;
import io.github.deit4j.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Trains from a program what {@code deit train} trains from the command line, with the same files
 * in the run's folder, the report among them:
 *
 * <pre>{@code
 * TrainingResult result =
 *     Training.on(Path.of("photos")).set("epochs=20").out(Path.of("run")).run();
 * }</pre>
 */
public final class Training {
  private final Path data;
  private final List<String> sets = new ArrayList<>();
  private String recipe = "own-images";
  private Path out;
  private Path teacher;
  private boolean resume;
  private String backend = "auto";
  private int threads;
  private int maxSteps = Integer.MAX_VALUE;
  private int maxBad;
  private TrainingListener listener = new TrainingListener() {};

  private Training(Path data) {
    this.data = data;
  }

  /** Begins to describe a training run on a folder of images, by the recipe {@code own-images}. */
  public static Training on(Path data) {
    return new Training(data);
  }

  /** Takes another recipe: the name of a built-in one, or a file. */
  public Training recipe(String nameOrFile) {
    recipe = nameOrFile;
    return this;
  }

  /** Changes settings of the recipe, each as {@code key=value}. */
  public Training set(String... changes) {
    sets.addAll(List.of(changes));
    return this;
  }

  /**
   * Sets the teacher, for recipes that distil: its weights, or what {@code deit teach} has stored.
   */
  public Training teacher(Path weights) {
    teacher = weights;
    return this;
  }

  /** Sets the run's folder, new or empty. There is no default. */
  public Training out(Path folder) {
    out = folder;
    resume = false;
    return this;
  }

  /** Sets the folder of a run that goes on, or begins where there is none yet. */
  public Training resume(Path folder) {
    out = folder;
    resume = true;
    return this;
  }

  /** Sets what computes, see {@link Backends#select}; {@code auto} by default. */
  public Training backend(String name) {
    backend = name;
    return this;
  }

  /** Sets the threads of the CPU; 0, all processors, by default. Changes no result. */
  public Training threads(int count) {
    threads = count;
    return this;
  }

  /** Ends the run when so many optimizer steps are done since its beginning. */
  public Training maxSteps(int steps) {
    maxSteps = steps;
    return this;
  }

  /** Allows for unreadable images; there may be none by default. */
  public Training maxBad(int images) {
    maxBad = images;
    return this;
  }

  /** Sets who hears how it goes and can end it. */
  public Training listener(TrainingListener hears) {
    listener = hears;
    return this;
  }

  /**
   * Trains, and writes the report.
   *
   * @throws IllegalStateException if there is no folder for the run
   * @throws io.github.deit4j.recipe.RecipeException if the recipe is not valid, or does not go with
   *     the data
   * @throws io.github.deit4j.run.RunFolderException if the folder is not what is expected
   * @throws io.github.deit4j.device.DeviceException if the device cannot be used
   * @throws io.github.deit4j.train.DivergedException if a loss or gradient is no finite number
   * @throws IOException if something cannot be read or written
   * @throws InterruptedException if the thread is interrupted
   */
  public TrainingResult run() throws IOException, InterruptedException {
    if (out == null) {
      throw new IllegalStateException(
          "training: expected a folder for the run, found none; say out(folder)");
    }
    Recipe loaded = Recipe.load(recipe, sets);
    Trainer.requireTeacher(loaded, teacher != null);
    RunSetup setup =
        new RunSetup(loaded, data, out, teacher, resume, maxBad).resolved(listener::note);
    Recipe resolved = setup.recipe();
    try (Backend device =
            Backends.select(backend, threads, resolved.get(Settings.PRECISION)).backend();
        Teacher teaches = setup.loadTeacher(device);
        RunImages images = RunImages.open(resolved, data)) {
      Trainer.check(resolved, images.training(), teaches);
      Trainer.requireMemory(device, resolved, images.training(), images.evaluation(), teaches);
      int team = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
      var environment =
          new Environment(
              Environment.currentVersion(),
              device.description(),
              team,
              List.of(),
              setup.inputs(images, teaches));
      try (RunFolder folder = setup.folder(environment, images)) {
        images.note().ifPresent(listener::note);
        TrainingResult result =
            new Trainer(
                    device,
                    resolved,
                    images.training(),
                    images.evaluation(),
                    teaches,
                    folder,
                    listener,
                    team,
                    maxSteps,
                    maxBad,
                    System::nanoTime)
                .train();
        RunReport.write(folder.path(), resolved, result, device, images.evaluation());
        return result;
      }
    }
  }
}
