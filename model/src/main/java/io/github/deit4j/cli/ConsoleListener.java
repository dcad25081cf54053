package io.github.deit4j.cli;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.inference.Head;
import io.github.deit4j.train.Evaluator.Score;
import io.github.deit4j.train.TrainingListener;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Shows a training run on a terminal, and stops it when a signal asks for it. */
final class ConsoleListener implements TrainingListener, AutoCloseable {
  private final Terminal terminal;
  private final boolean silent;
  private final int batch;
  private final StopSignal signal;
  private ProgressBar bar;

  /**
   * Creates a listener.
   *
   * @param silent whether to show no progress
   * @param batch images of a step
   */
  ConsoleListener(Terminal terminal, boolean silent, int batch, StopSignal signal) {
    this.terminal = terminal;
    this.silent = silent;
    this.batch = batch;
    this.signal = signal;
  }

  @Override
  public boolean cancelled() {
    return signal.asked();
  }

  @Override
  public void started(int step, int totalSteps) {
    bar = new ProgressBar(terminal, silent, "training", "images", (long) totalSteps * batch);
    bar.update((long) step * batch);
  }

  @Override
  public void stepDone(StepReport report) {
    bar.update((long) report.step() * batch);
  }

  @Override
  public void epochDone(EpochReport report) {
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
      terminal.say(message);
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
