package io.github.deit4j.cli;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.Single;
import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.inference.Head;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RunImages;
import io.github.deit4j.report.HtmlReport;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.session.RunReport;
import io.github.deit4j.session.RunSetup;
import io.github.deit4j.train.Agreement;
import io.github.deit4j.train.Evaluator.Score;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.Trainer.TrainingResult;
import io.github.deit4j.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One run of a recipe from the command line.
 *
 * @param command whose run it is; shows no progress where it prints JSON
 * @param recipe resolved
 * @param data the data set's folder
 * @param out the run's folder
 * @param teacher weights of the teacher; null without
 * @param resume whether to go on in {@code out}
 * @param maxSteps end after so many optimizer steps since the run's beginning
 * @param maxBad how many images may be unreadable
 * @param ranks who trains together; the first one writes and prints
 */
record TrainingSession(
    Subcommand.OnDevice command,
    Recipe recipe,
    Path data,
    Path out,
    Path teacher,
    boolean resume,
    int maxSteps,
    int maxBad,
    Collective ranks) {
  /** Whoever makes it in the folder of a run stops that. */
  private static final String STOP_FILE = "stop";

  /** A run of this process alone. */
  TrainingSession(
      Subcommand.OnDevice command,
      Recipe recipe,
      Path data,
      Path out,
      Path teacher,
      boolean resume,
      int maxSteps,
      int maxBad) {
    this(command, recipe, data, out, teacher, resume, maxSteps, maxBad, new Single());
  }

  /**
   * Trains, and writes the report.
   *
   * @param ended hears how the run ended, while a signal that will end the process still waits; on
   *     the first rank only
   */
  TrainingResult run(Backend backend, Consumer<TrainingResult> ended)
      throws IOException, InterruptedException {
    // Whatever fails before the first step needs no end of it.
    Thread warmUp = Thread.ofPlatform().name("deit4j-warm-up").daemon().start(backend::warmUp);
    try (Teacher teaches = setup().loadTeacher(backend);
        RunImages images = RunImages.open(recipe, data)) {
      Dataset train = images.training();
      Dataset test = images.evaluation();
      Trainer.check(recipe, train, teaches);
      Trainer.requireGrains(recipe, ranks.size());
      if (ranks.size() == 1) {
        Trainer.requireMemory(backend, recipe, train, images.evaluation(), teaches);
      }
      Environment environment = environment(backend, images, teaches);
      Agreement.require(ranks, facts(environment));
      try (RunFolder folder = isFirst() ? folder(environment, images) : null;
          StopSignal signal =
              isFirst() ? new StopSignal(out.resolve(STOP_FILE)) : new StopSignal()) {
        signal.leaveBy(code -> ranks.abort(code, "a signal has stopped rank " + ranks.rank()));
        TrainingResult result;
        try (Listener shown = isFirst() ? new Listener(recipe.effectiveBatch(), signal) : null) {
          var trainer =
              new Trainer(
                  backend,
                  recipe,
                  train,
                  test,
                  teaches,
                  folder,
                  shown == null ? silent(signal) : shown,
                  command.device.threads(),
                  maxSteps,
                  maxBad,
                  System::nanoTime,
                  ranks);
          warmUp.join();
          result = trainer.train();
        }
        if (result.cancelled()) {
          signal.exitWith(ExitCode.STOPPED);
        }
        if (isFirst()) {
          RunReport.write(folder.path(), recipe, result, backend, test);
          ended.accept(result);
          command.terminal.say(weights(result, images.areForValidation()));
        }
        // Before a signal that waits ends this process: the others would wait for it.
        if (result.givenUp()) {
          ranks.abort(ExitCode.STOPPED, "a signal has stopped rank 0");
        } else {
          ranks.close();
        }
        return result;
      }
    }
  }

  /** Says which weights to use. */
  private String weights(TrainingResult result, boolean forValidation) {
    if (result.cancelled()) {
      Path checkpoint = out.resolve("checkpoints/step-" + result.step());
      return result.step() == 0
          ? "there are no weights yet"
          : "the weights so far: %s; report: %s"
              .formatted(checkpoint.resolve("model.safetensors"), out.resolve(HtmlReport.FILE));
    }
    int best = result.best().step();
    String score = String.format(Locale.ROOT, "%.2f %%", 100 * result.best().top1());
    if (result.weightsOf() != result.step()) {
      return "model.safetensors holds the weights of step %d, the best with %s (select: best)"
          .formatted(best, score);
    }
    String last = "model.safetensors holds the last weights, of step " + result.step();
    if (!forValidation || best == 0) {
      return last;
    }
    return best == result.step()
        ? last + ", which are the best, too"
        : "%s; those of step %d were better (%s): %s; --set select=best would take them"
            .formatted(last, best, score, out.resolve("checkpoints/step-" + best));
  }

  private boolean isFirst() {
    return ranks.rank() == 0;
  }

  /** Returns what listens on a rank that nobody watches. */
  private static TrainingListener silent(StopSignal signal) {
    // The first rank may have written something, and resuming is right if it has not.
    signal.exitWith(ExitCode.STOPPED);
    return new TrainingListener() {
      @Override
      public boolean cancelled() {
        return signal.asked();
      }
    };
  }

  /** Returns what the trainer does not know of, and has to be the same on all ranks. */
  private static Map<String, String> facts(Environment environment) {
    Map<String, String> facts = new TreeMap<>(environment.inputs());
    facts.put("deit4j", environment.version());
    return facts;
  }

  private RunSetup setup() {
    return new RunSetup(recipe, data, out, teacher, resume, maxBad);
  }

  private Environment environment(Backend backend, RunImages images, Teacher teaches)
      throws IOException {
    return new Environment(
        Version.current(),
        backend.description(),
        command.device.threads(),
        command.commandLine(),
        setup().inputs(images, teaches));
  }

  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  private RunFolder folder(Environment environment, RunImages images) throws IOException {
    RunFolder folder = setup().folder(environment, images);
    images.note().ifPresent(command.terminal::say);
    return folder;
  }

  /** Shows a training run on a terminal, and stops it when a signal asks for it. */
  private final class Listener implements TrainingListener, AutoCloseable {
    private static final long QUIET_NANOS = 30_000_000_000L;

    /** Images of a step. */
    private final long batch;

    private final StopSignal signal;
    private ProgressBar bar;
    private long lastLine = System.nanoTime();

    Listener(long batch, StopSignal signal) {
      this.batch = batch;
      this.signal = signal;
    }

    @Override
    public boolean cancelled() {
      return signal.asked();
    }

    @Override
    public void giveUpBy(Runnable giveUp) {
      signal.giveUpBy(giveUp);
    }

    @Override
    public void started(int step, int totalSteps) {
      if (step > 0) {
        signal.exitWith(ExitCode.STOPPED);
      }
      bar =
          new ProgressBar(command.terminal, command.json, "training", "images", totalSteps * batch);
      bar.update(step * batch);
    }

    @Override
    public void stepDone(StepReport report) {
      bar.update(report.step() * batch);
    }

    /** An epoch that was not evaluated has a line only if there was none for a while. */
    @Override
    public void epochDone(EpochReport report) {
      long now = System.nanoTime();
      if (report.scores().isEmpty() && now - lastLine < QUIET_NANOS) {
        return;
      }
      lastLine = now;
      String line =
          String.format(Locale.ROOT, "epoch %d: loss %.4f", report.epoch() + 1, report.loss());
      say(line + scores("", report.scores()) + scores("average: ", report.averageScores()));
    }

    private static String scores(String prefix, Map<Head, Score> scores) {
      return scores.entrySet().stream()
          .map(
              entry ->
                  String.format(
                      Locale.ROOT,
                      ", %s%s %.2f %%",
                      prefix,
                      entry.getKey().id(),
                      100 * entry.getValue().top1()))
          .collect(Collectors.joining());
    }

    @Override
    public void checkpointWritten(int step, Path folder) {
      signal.exitWith(ExitCode.STOPPED);
    }

    @Override
    public void badImage(BadImage image) {
      say("skipped: " + image);
    }

    @Override
    public void note(String message) {
      say(message);
    }

    private void say(String message) {
      if (bar == null) {
        command.terminal.say(message);
      } else {
        bar.say(message);
      }
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
