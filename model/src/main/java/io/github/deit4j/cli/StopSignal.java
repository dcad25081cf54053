package io.github.deit4j.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGINT and SIGTERM while something is at work: they ask it to stop where it can be resumed, wait
 * until it has written what there is, and end the process with the exit code that it then has.
 */
public final class StopSignal implements AutoCloseable {
  private static final long LONGEST_STEP_SECONDS = 600;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onSignal, "deit4j-stop");
  private volatile boolean asked;
  private volatile int exitCode = ExitCode.INTERRUPTED;

  /** Begins to watch. */
  public StopSignal() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Returns whether somebody asked the process to stop. */
  public boolean asked() {
    return asked;
  }

  /** Sets the exit code for the case that a signal is what ends the process. */
  public void exitWith(int code) {
    exitCode = code;
  }

  private void onSignal() {
    asked = true;
    try {
      boolean ended = finished.await(LONGEST_STEP_SECONDS, TimeUnit.SECONDS);
      Runtime.getRuntime().halt(ended ? exitCode : ExitCode.INTERRUPTED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes the watch off again, or lets the waiting signal end the process. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook waits for this.
      finished.countDown();
    }
  }
}
