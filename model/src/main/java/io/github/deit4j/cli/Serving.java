package io.github.deit4j.cli;

import io.github.deit4j.bindings.NativeProcess;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A command that answers requests until SIGTERM or SIGINT. Unlike {@link StopSignal}'s, the work
 * that is then finished has its own time limit, that of requests; a second signal ends the process
 * at once.
 */
final class Serving implements AutoCloseable {
  private static final long SAME_SIGNAL_MILLIS = 200;

  /** Held, since loggers that nobody holds forget their level. */
  private static final Logger HTTP_LOG = Logger.getLogger("org.eclipse.jetty");

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onSignal, "deit4j-stop");
  private volatile int exitCode = ExitCode.INTERRUPTED;

  Serving() {
    quiet();
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Lets the HTTP server tell of nothing but trouble. */
  static void quiet() {
    HTTP_LOG.setLevel(Level.WARNING);
  }

  /** Waits for a signal, which from now on is the way to end. */
  void untilStopped() throws InterruptedException {
    exitCode = ExitCode.OK;
    asked.await();
  }

  private void onSignal() {
    asked.countDown();
    try {
      if (!finished.await(SAME_SIGNAL_MILLIS, TimeUnit.MILLISECONDS)) {
        NativeProcess.dieOfSignals();
        finished.await();
      }
      Runtime.getRuntime().halt(exitCode);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

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
