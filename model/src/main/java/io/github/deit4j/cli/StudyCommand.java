package io.github.deit4j.cli;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.set.DatasetFormat;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.device.Backend;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.report.StudyReport;
import io.github.deit4j.study.StudyFile;
import io.github.deit4j.study.StudyPart;
import io.github.deit4j.study.StudyResults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code deit study}: the paper's comparison of distillation methods. */
@Command(
    name = "study",
    description = {
      "Train teachers and students by every distillation method of the paper, with the same seeds,",
      "and write tables beside the paper's numbers. Models that are in --out are kept, so the same",
      "command goes on where it was stopped."
    })
final class StudyCommand extends Subcommand.OnDevice {
  private static final List<String> STUDIES = List.of("fashion-mnist", "cifar10", "image-folder");
  private static final List<Long> SEEDS = List.of(0L, 1L, 2L, 3L, 4L);

  @Option(
      names = "--recipe",
      required = true,
      paramLabel = "NAME",
      description = {
        "The study: fashion-mnist, cifar10 (with --set data=cifar100 that), or image-folder",
        "(folders of images by class, train and val)."
      })
  private String recipe;

  @Option(
      names = "--only",
      paramLabel = "METHOD",
      description = {
        "One method and its teachers: none, soft, hard or second-class-token; or curve, which",
        "trains none and hard for other numbers of epochs."
      })
  private String only;

  @Option(names = "--seed", paramLabel = "S", description = "One seed (default: 0 to 4).")
  private Long seed;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change a setting of all models; may be given several times.")
  private List<String> sets = List.of();

  @Option(
      names = "--resume",
      description = {
        "Go on from the results in --out, study-NAME.json: what they have is not trained again,",
        "whether its model is there or not."
      })
  private boolean resume;

  @Mixin private Options.Data data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the study; one folder per seed and model in it.")
  private Path out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireOneOf("--recipe", STUDIES, recipe);
    if (only != null) {
      requireOneOf("--only", StudyPart.METHODS, only);
    }
    List<StudyPart> parts = StudyPart.of(recipe, sets);
    String name = parts.getFirst().recipe().get(Settings.DATA);
    Path images = data.locate(name, terminal);
    DatasetFormat format = Datasets.named(name);
    if (!format.hasSplits(images)) {
      throw new DatasetException(
          images + ": expected images to test on beside those to train on, found none");
    }
    List<Long> seeds = seed == null ? SEEDS : List.of(seed);
    requireSameRecipes(parts, seeds);
    StudyResults results = results(parts);
    try (Backend backend = device.open();
        Dataset test =
            format.open(images, Split.TEST, RecipeData.decoding(parts.getFirst().recipe()))) {
      StudyRun run = new StudyRun(this, results, images, out, backend, test);
      if (!run.train(seeds, only)) {
        terminal.say("stopped; the same command goes on");
        return ExitCode.STOPPED;
      }
    }
    StudyReport.write(out, results, command());
    print(
        StudyFile.toJson(results),
        () -> terminal.say("tables are in " + out.resolve("study-" + recipe + ".md")));
    return ExitCode.OK;
  }

  private static void requireOneOf(String option, List<String> expected, String found) {
    if (!expected.contains(found)) {
      throw new UsageException(
          option + ": expected one of " + String.join(", ", expected) + ", found " + found);
    }
  }

  /** Requires that the models in the folder are of this study, so far as they are there. */
  private void requireSameRecipes(List<StudyPart> parts, List<Long> seeds) throws IOException {
    for (long each : seeds) {
      for (StudyPart part : parts) {
        StudyRun.isDone(out, part, each);
      }
    }
  }

  /** Returns the results to go on from. */
  private StudyResults results(List<StudyPart> parts) throws IOException {
    Path file = StudyFile.in(out, recipe);
    if (!Files.exists(file)) {
      return new StudyResults(recipe, parts);
    }
    StudyResults results = StudyFile.read(file, recipe, parts);
    if (resume) {
      return results;
    }
    for (StudyResults.Row row : results.rows()) {
      if (!StudyRun.isDone(out, row.part(), row.seed())) {
        throw new UsageException(
            file
                + ": expected only results whose models are there, found a row of %s, seed %d;"
                    .formatted(row.part().name(), row.seed())
                + " go on from these results with --resume, or choose another --out");
      }
    }
    return results;
  }

  private String command() {
    StringBuilder command = new StringBuilder("./deit study --recipe ").append(recipe);
    sets.forEach(set -> command.append(" --set ").append(set));
    return command.append(" --data DIR --out DIR").toString();
  }
}
