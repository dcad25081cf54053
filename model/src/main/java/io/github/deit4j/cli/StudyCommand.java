package io.github.deit4j.cli;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.device.Backend;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.report.StudyReport;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.study.StudyPart;
import io.github.deit4j.study.StudyResults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code deit study}: the paper's comparison of distillation methods. */
@Command(
    name = "study",
    description = {
      "Train teachers and students by every distillation method of the paper, with the same seeds,",
      "and write tables beside the paper's numbers. Models that are trained already are kept, so",
      "the same command goes on where it was stopped."
    })
final class StudyCommand extends Subcommand.OnDevice {
  private static final List<String> STUDIES = List.of("fashion-mnist");
  private static final List<Long> SEEDS = List.of(0L, 1L, 2L);
  private static final String MODEL = "model.safetensors";

  @Option(
      names = "--recipe",
      required = true,
      paramLabel = "NAME",
      description = "The study: fashion-mnist.")
  private String recipe;

  @Option(
      names = "--only",
      paramLabel = "METHOD",
      description = "One method and its teachers: none, soft, hard or second-class-token.")
  private String only;

  @Option(names = "--seed", paramLabel = "S", description = "One seed (default: 0, 1 and 2).")
  private Long seed;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change a setting of all models; may be given several times.")
  private List<String> sets = List.of();

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
    List<StudyPart> parts = StudyPart.of(recipe, only, sets);
    List<Long> seeds = seed == null ? SEEDS : List.of(seed);
    String name = parts.getFirst().recipe().get(Settings.DATA);
    Path images = data.locate(name, terminal);
    try (Backend backend = device.open()) {
      for (long each : seeds) {
        for (StudyPart part : parts) {
          if (!isDone(part, each) && train(backend, images, part, each)) {
            terminal.say("stopped; the same command goes on");
            return ExitCode.STOPPED;
          }
        }
      }
      try (Dataset test = Datasets.named(name).open(images, Split.TEST)) {
        terminal.say("measuring the models");
        report(StudyResults.measure(recipe, parts, seeds, this::weights, backend, test));
      }
    }
    return ExitCode.OK;
  }

  private static void requireOneOf(String option, List<String> expected, String found) {
    if (!expected.contains(found)) {
      throw new UsageException(
          option + ": expected one of " + String.join(", ", expected) + ", found " + found);
    }
  }

  private Path folder(StudyPart part, long ofSeed) {
    return out.resolve("seed-" + ofSeed).resolve(part.name());
  }

  private Path weights(StudyPart part, long ofSeed) {
    return folder(part, ofSeed).resolve(MODEL);
  }

  /** Results are the last that a run writes. A folder of another recipe is refused. */
  private boolean isDone(StudyPart part, long ofSeed) throws IOException {
    Path folder = folder(part, ofSeed);
    if (!Files.exists(folder.resolve(RunFolder.RESULTS))) {
      return false;
    }
    Path file = folder.resolve(RunFolder.RECIPE);
    List<Recipe.Difference> differences =
        Recipe.ofRun(file.toString(), Files.readString(file)).diff(part.recipe(ofSeed));
    if (!differences.isEmpty()) {
      throw new UsageException(
          folder
              + ": expected a model of this study, found one of another recipe: "
              + differences
              + "; choose another --out or remove the folder");
    }
    return true;
  }

  /** Trains a part, from its newest checkpoint if there is one; returns whether it was stopped. */
  private boolean train(Backend backend, Path images, StudyPart part, long ofSeed)
      throws IOException, InterruptedException {
    terminal.say("seed %d: training %s".formatted(ofSeed, part.name()));
    Path folder = folder(part, ofSeed);
    Path teacher =
        part.teacher() == null
            ? null
            : out.resolve("seed-" + ofSeed).resolve(part.teacher()).resolve(MODEL);
    boolean began = Files.exists(folder.resolve(RunFolder.RECIPE));
    TrainingSession session =
        new TrainingSession(
            this, part.recipe(ofSeed), images, folder, teacher, began, Integer.MAX_VALUE, 0);
    return session.run(backend, _ -> {}).cancelled();
  }

  private void report(StudyResults results) throws IOException {
    Map<StudyPart, Path> runs = new LinkedHashMap<>();
    for (StudyResults.Row row : results.rows()) {
      runs.putIfAbsent(row.part(), folder(row.part(), results.rows().getFirst().seed()));
    }
    StudyReport.write(out, results, command(), runs);
    print(
        results.toJson(),
        () -> terminal.say("tables are in " + out.resolve("study-" + recipe + ".md")));
  }

  private String command() {
    StringBuilder command = new StringBuilder("./deit study --recipe ").append(recipe);
    if (only != null) {
      command.append(" --only ").append(only);
    }
    if (seed != null) {
      command.append(" --seed ").append(seed);
    }
    sets.forEach(set -> command.append(" --set ").append(set));
    return command.append(" --data DIR --out DIR").toString();
  }
}
