package io.github.deit4j.train;

import io.github.deit4j.json.JsonWriter;
import java.io.IOException;

/**
 * Tells of the steps of a run, in order: to the metrics, the listener, the epoch's mean loss. A
 * device's numbers are waited for when the next step has been queued, so that it never idles; or
 * when they are needed ({@link #settle}), as before a checkpoint. Where ops are done when they
 * return, every step is told of at once.
 */
final class StepReports {
  private static final double NANOS = 1e9;

  private final Trainer run;
  private final TrainingProgress progress;
  private final RunOutput output;

  /** What was not told of yet; null for nothing. */
  private Step pending;

  /** When the step before was told of; null before there was one. */
  private Long told;

  /**
   * A step that is queued or done.
   *
   * @param number from 1
   * @param began when, by the run's clock
   */
  record Step(int number, int epoch, double rate, long began, StepResult result) {}

  StepReports(Trainer run, TrainingProgress progress, RunOutput output) {
    this.run = run;
    this.progress = progress;
    this.output = output;
  }

  /**
   * Takes a step, and tells of the one before, or of this one too if its numbers are there.
   *
   * @throws DivergedException if one of them has a loss or gradient that is no finite number
   */
  void add(Step step) throws IOException, InterruptedException {
    settle();
    pending = step;
    if (step.result.isDone()) {
      settle();
    }
  }

  /**
   * Tells of all steps so far.
   *
   * @throws DivergedException if the last one has a loss or gradient that is no finite number
   */
  void settle() throws IOException, InterruptedException {
    if (pending != null) {
      Step step = pending;
      pending = null;
      step.result.await();
      tell(step);
    }
  }

  private void tell(Step step) throws IOException {
    double loss = step.result.loss();
    double norm = step.result.norm();
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      throw new DivergedException(
          step.number,
          "a finite loss and gradient",
          "loss %s and gradient norm %s".formatted(loss, norm),
          output.checkpointBefore(step.number - 1));
    }
    progress.lossIs(loss);
    long now = run.clock().getAsLong();
    // Of steps that are queued behind each other, the time from end to end.
    long since = told != null && told - step.began > 0 ? told : step.began;
    double seconds = (now - since) / NANOS;
    told = now;
    output.log(
        step.number,
        JsonWriter.object(
            "epoch",
            step.epoch,
            "loss",
            loss,
            "gradient-norm",
            norm,
            "lr",
            step.rate,
            "seconds",
            seconds,
            "images_per_second",
            run.recipe().effectiveBatch() / seconds));
    run.listener()
        .stepDone(new TrainingListener.StepReport(step.number, step.epoch, loss, norm, step.rate));
  }
}
