package io.github.deit4j.cli;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.device.Backend;
import io.github.deit4j.fetch.FashionMnistFetcher;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.Trainer.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code deit quickstart}: the whole of distillation on real images, in minutes. */
@Command(
    name = "quickstart",
    description = {
      "Train a teacher on Fashion-MNIST, distil a small DeiT with distillation token from it,",
      "evaluate every head, predict a few images, and write a report."
    })
final class QuickstartCommand extends Subcommand.OnDevice {
  private static final String TEACHER_RECIPE = "fashion-mnist-convnet";
  private static final String STUDENT_RECIPE = "fashion-mnist";
  private static final int EXAMPLES = 5;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder with Fashion-MNIST's four files; found or fetched if not given.")
  private Path data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the run, new or empty (default: runs/quickstart, -2, -3, …).")
  private Path out;

  @Override
  public Integer call() throws Exception {
    Path folder = out == null ? freeFolder() : out;
    RunFolder.requireEmpty(folder); // before the minutes that the teacher takes
    Path images = locateOrFetch();
    try (Backend backend = device.open()) {
      terminal.say(backend.description());
      terminal.say("training the teacher");
      TrainingSession teacher =
          session(TEACHER_RECIPE, images, folder.resolve(RunFolder.TEACHER), null);
      if (teacher.run(backend, _ -> {}).cancelled()) {
        return ExitCode.STOPPED;
      }
      terminal.say("distilling the student");
      Path weights = folder.resolve(RunFolder.TEACHER).resolve("model.safetensors");
      TrainingResult result =
          session(STUDENT_RECIPE, images, folder, weights).run(backend, _ -> {});
      if (result.cancelled()) {
        terminal.say(
            "stopped; go on with: deit train --recipe %s --teacher %s --out %s --resume"
                .formatted(STUDENT_RECIPE, weights, folder));
        return ExitCode.STOPPED;
      }
      report(backend, images, folder, result);
      return ExitCode.OK;
    }
  }

  private TrainingSession session(String recipe, Path images, Path folder, Path teacher) {
    return new TrainingSession(
        this,
        Recipe.load(recipe, device.recipeChange().stream().toList()),
        images,
        folder,
        teacher,
        false,
        Integer.MAX_VALUE,
        0);
  }

  private static Path freeFolder() {
    Path base = Path.of("runs", "quickstart");
    Path free = base;
    for (int i = 2; Files.exists(free); i++) {
      free = base.resolveSibling("quickstart-" + i);
    }
    return free;
  }

  private Path locateOrFetch() throws IOException, InterruptedException {
    String name = FashionMnist.NAME;
    Map<String, String> environment = terminal.environment();
    try {
      return Datasets.locate(name, Optional.ofNullable(data), environment);
    } catch (DatasetException e) {
      if (data != null) {
        throw e;
      }
      Path cache = Datasets.cacheFolder(name, environment);
      terminal.say("Fashion-MNIST is not on this machine; fetching it into " + cache);
      FashionMnistFetcher.fetch(cache, terminal::say);
      return cache;
    }
  }

  private void report(Backend backend, Path images, Path folder, TrainingResult result)
      throws IOException {
    Map<String, Object> document = new LinkedHashMap<>(Trainer.toJson(result.scores()));
    document.put("out", folder.toString());
    List<String> examples = predict(backend, images, folder.resolve("model.safetensors"));
    print(document, () -> print(folder, result, examples));
  }

  private void print(Path folder, TrainingResult result, List<String> examples) {
    examples.forEach(terminal.out()::println);
    terminal.out().println();
    terminal.print(result.scores());
    terminal.out().printf("%nweights, results and report.html are in %s%n", folder);
  }

  private static List<String> predict(Backend backend, Path images, Path weights)
      throws IOException {
    try (Dataset test = new FashionMnist().open(images, Split.TEST);
        Classifier classifier = Classifier.load(weights, backend);
        Classifier.Session session = classifier.openSession()) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < Math.min(EXAMPLES, test.size()); i++) {
        Prediction best = session.classify(test.image(i), 1).getFirst();
        String truth = test.classNames().get(test.label(i));
        lines.add(
            String.format(
                Locale.ROOT,
                "test image %d: %s (%.1f %%), in truth %s",
                i,
                best.className(),
                100 * best.probability(),
                truth));
      }
      return lines;
    } catch (CorruptImageException e) {
      throw new DatasetException(e.getMessage());
    }
  }
}
