package io.github.deit4j.train;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.inference.Head;
import io.github.deit4j.train.Evaluator.Score;
import java.nio.file.Path;
import java.util.Map;

/**
 * Hears how a training run goes, on the thread that trains, and can end it. A user implements it.
 */
public interface TrainingListener {
  /**
   * Is asked after every step whether the run shall end; it then writes a checkpoint and can be
   * resumed.
   */
  default boolean cancelled() {
    return false;
  }

  /**
   * Is given, before the run begins, what gives up the step or evaluation at hand, from any thread;
   * the run then ends as if {@link #cancelled} after the last finished step. On the first rank
   * only, which then has to end the others: {@link Trainer.TrainingResult#givenUp}.
   */
  default void giveUpBy(Runnable giveUp) {}

  /** A run begins or goes on. */
  default void started(int step, int totalSteps) {}

  /** An optimizer step is done; of a device one hears when it has been given the next one. */
  default void stepDone(StepReport report) {}

  /** Images of an evaluation are done. */
  default void evaluating(int images, int total) {}

  /** An epoch is done. */
  default void epochDone(EpochReport report) {}

  /** A checkpoint is on disk. */
  default void checkpointWritten(int step, Path folder) {}

  /** An image could not be read; in training, another one took its place. */
  default void badImage(BadImage image) {}

  /** Something the user should know. */
  default void note(String message) {}

  /**
   * One optimizer step.
   *
   * @param step number of steps done
   * @param epoch epoch, from 0
   * @param loss mean loss of the effective batch
   * @param gradientNorm Euclidean norm of all gradients before clipping
   * @param learningRate the step's learning rate
   */
  record StepReport(int step, int epoch, double loss, double gradientNorm, double learningRate) {}

  /**
   * One epoch.
   *
   * @param epoch epoch, from 0
   * @param step number of steps done
   * @param loss mean training loss of the epoch
   * @param scores of every head on the test images; empty if they were not evaluated
   * @param averageScores the same for the moving average; empty without one
   */
  record EpochReport(
      int epoch, int step, double loss, Map<Head, Score> scores, Map<Head, Score> averageScores) {}
}
