package io.github.deit4j.cli;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.device.Backend;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.session.RunSetup;
import io.github.deit4j.train.Finetuning;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.Trainer.TrainingResult;
import io.github.deit4j.watch.WatchServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code deit train}. */
@Command(
    name = "train",
    description = {
      "Train, or distil from a teacher, as a recipe says; --watch shows it in a browser.",
      "Your own images: train --recipe own-images --data DIR --out RUN, with one folder per class in"
          + " DIR or in DIR/train. Without DIR/val a fifth of each class is held out to evaluate on"
          + " (RUN/split.csv). Sizes follow from the number of images. To adapt a trained model, add"
          + " --set finetune=FILE, or a name with --download."
    })
final class TrainCommand extends Subcommand.OnDevice {
  /** Where the page of a run is, unless somebody says otherwise. */
  static final String WATCH_PORT = "8090";

  @Option(
      names = "--recipe",
      required = true,
      paramLabel = "NAME|FILE",
      description = "A built-in recipe or a YAML file.")
  private String recipe;

  @Mixin private Options.Data data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description =
          "Folder of the run, new or empty unless --resume. A file stop, made in it, stops the run"
              + " as SIGTERM does.")
  private Path out;

  @Option(
      names = "--teacher",
      paramLabel = "FILE|NAME",
      description =
          "Weights of the teacher, a file, a folder or a name, or what \"deit teach\" has stored; a"
              + " recipe with distillation: soft or hard needs it. To train without one, say --set"
              + " distillation=none.")
  private Path teacher;

  @Mixin private NamedWeights named;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change a setting of the recipe; may be given several times.")
  private List<String> sets = List.of();

  @Option(
      names = "--resume",
      description =
          "Go on from the newest checkpoint in --out. With more epochs (--set epochs=N) a finished run"
              + " is extended: the learning rate goes on as in a run of N epochs, without warm-up.")
  private boolean resume;

  @Option(names = "--seed", paramLabel = "S", description = "Short for --set seed=S.")
  private Long seed;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      description = "End when N optimizer steps are done since the run's beginning.")
  private Integer maxSteps;

  @Option(
      names = "--max-bad",
      paramLabel = "N",
      defaultValue = "0",
      description = "How many images may be unreadable (default: ${DEFAULT-VALUE}).")
  private int maxBad;

  @Option(
      names = "--watch",
      paramLabel = "PORT",
      arity = "0..1",
      fallbackValue = WATCH_PORT,
      description =
          "Show the run in a browser while it goes on, to this machine: curves, speed, time left, the"
              + " last evaluation. 0 for any port that is free (default: ${FALLBACK-VALUE}). Of"
              + " several processes the first one does.")
  private Integer watch;

  @Override
  public Integer call() throws Exception {
    if (watch != null) {
      requirePort("--watch", watch);
    }
    if (maxSteps != null) {
      requireAtLeast("--max-steps", 1, maxSteps);
    }
    requireAtLeast("--max-bad", 0, maxBad);
    List<String> changes = new ArrayList<>(sets);
    if (seed != null) {
      changes.add("seed=" + seed);
    }
    device.recipeChange().ifPresent(changes::add);
    device.shareAmong(ranks);
    Recipe resolved = Recipe.load(recipe, changes);
    Trainer.requireTeacher(resolved, teacher != null);
    Collective together = ranks.meet(terminal);
    try (WatchServer _ = watched()) {
      return train(resolved, together);
    }
  }

  /** Returns what shows the run, null if nothing does. */
  private WatchServer watched() throws IOException {
    if (watch == null || !ranks.speaks()) {
      return null;
    }
    Serving.quiet();
    WatchServer server = WatchServer.start(out, watch);
    terminal.say("watch the run at " + server.address());
    return server;
  }

  private int train(Recipe asked, Collective together) throws Exception {
    Optional<Path> start = Finetuning.path(asked);
    if (start.isPresent()) {
      named.locate(start.get(), this); // the recipe keeps the name, which every machine understands
    }
    if (teacher != null) {
      teacher = named.locate(teacher, this);
    }
    Path folder = data.locate(asked.get(Settings.DATA), terminal);
    RunSetup setup =
        new RunSetup(asked, folder, out, teacher, resume, maxBad).resolved(terminal::say);
    Recipe resolved = setup.recipe();
    TrainingSession session =
        new TrainingSession(
            this,
            resolved,
            folder,
            out,
            teacher,
            resume,
            maxSteps == null ? Integer.MAX_VALUE : maxSteps,
            maxBad,
            together);
    try (Backend backend = device.open(resolved.get(Settings.PRECISION))) {
      boolean stopped = session.run(backend, this::report).cancelled();
      return stopped ? ExitCode.STOPPED : ExitCode.OK;
    }
  }

  private void report(TrainingResult result) {
    terminal.say(
        result.cancelled()
            ? "stopped at step %d of %d; the same command with --resume goes on"
                .formatted(result.step(), result.totalSteps())
            : "%d of %d steps done%s; weights, results and report are in %s"
                .formatted(
                    result.step(),
                    result.totalSteps(),
                    result.endedEarly() ? ", ended early, for it got no better" : "",
                    out));
    print(
        JsonWriter.object(
            "step", result.step(),
            "totalSteps", result.totalSteps(),
            "stopped", result.cancelled(),
            "results", Trainer.toJson(result.scores()),
            "out", out.toString()),
        () -> {});
  }
}
