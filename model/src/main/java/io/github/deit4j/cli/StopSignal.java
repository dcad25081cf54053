package io.github.deit4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGINT and SIGTERM while something is at work: they ask it to stop where it can be resumed, wait
 * until it has written what there is, and end the process with the exit code that it then has. A
 * file may ask, too: launchers of many processes do not wait long after a signal.
 */
public final class StopSignal implements AutoCloseable {
  private static final long LONGEST_STEP_SECONDS = 600;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onSignal, "deit4j-stop");
  private final Optional<Path> file;
  private volatile boolean asked;
  private volatile int exitCode = ExitCode.INTERRUPTED;

  /** Begins to watch for signals. */
  public StopSignal() {
    this(Optional.empty());
  }

  /**
   * Begins to watch for signals, and for a file that somebody makes. One that is there already has
   * asked somebody else.
   */
  StopSignal(Path file) throws IOException {
    this(Optional.of(file));
    Files.deleteIfExists(file);
  }

  private StopSignal(Optional<Path> file) {
    this.file = file;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Returns whether somebody asked the process to stop. */
  public boolean asked() {
    return asked || file.filter(Files::exists).isPresent();
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

  private void remove() {
    try {
      if (file.isPresent()) {
        Files.deleteIfExists(file.get());
      }
    } catch (IOException e) {
      // Whoever goes on in that folder will hear of it.
    }
  }

  /** Takes the watch off again, removes the file, or lets the waiting signal end the process. */
  @Override
  public void close() {
    try {
      remove();
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook waits for this.
      finished.countDown();
    }
  }
}
