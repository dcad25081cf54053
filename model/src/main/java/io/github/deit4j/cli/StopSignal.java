package io.github.deit4j.cli;

import io.github.deit4j.bindings.NativeProcess;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * SIGINT and SIGTERM while something is at work: they ask it to stop where it can be resumed, wait
 * until it has written what there is, and end the process with the exit code that it then has. What
 * takes longer than some seconds is given up, and within ten the process ends in any case. A second
 * signal ends it at once. A file may ask, too: launchers of many processes do not wait long after a
 * signal.
 */
public final class StopSignal implements AutoCloseable {
  /** So soon after the first one a signal is the same: timeout(1) sends it twice. */
  private static final long SAME_SIGNAL_MILLIS = 200;

  /** What then remains has to do for writing a checkpoint. */
  private static final long GIVE_UP_MILLIS = 3_000;

  /**
   * The rest is for ending the other ranks. What the launcher hears of a process that just ends is
   * another's code where it is in a hurry: MPICH's told of 9 in 3 of 15 cases on a busy machine.
   */
  private static final long LEAVE_MILLIS = 7_500;

  private static final long LONGEST_MILLIS = 9_500;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onSignal, "deit4j-stop");
  private final Optional<Path> file;
  private volatile boolean asked;
  private volatile Runnable giveUp = () -> {};
  private volatile IntConsumer leave = code -> {};
  private volatile int exitCode = ExitCode.INTERRUPTED;

  /** Begins to watch for signals. */
  public StopSignal() {
    this(Optional.empty());
  }

  /**
   * Begins to watch for signals, and for a file that somebody makes. One that is there already has
   * asked somebody else.
   */
  StopSignal(Path file) throws CannotWriteException {
    this(Optional.of(deleteIfExists(file)));
  }

  private static Path deleteIfExists(Path file) throws CannotWriteException {
    try {
      Files.deleteIfExists(file);
      return file;
    } catch (IOException e) {
      throw new CannotWriteException(file, e);
    }
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

  /** Sets what gives up the work at hand, from another thread. */
  void giveUpBy(Runnable action) {
    giveUp = action;
  }

  /** Sets what takes leave of other processes, with an exit code, when the time is nearly over. */
  void leaveBy(IntConsumer action) {
    leave = action;
  }

  /**
   * What happens if the work is not finished by then.
   *
   * @param millis after the signal
   */
  private record Unfinished(long millis, Runnable action) {}

  private void onSignal() {
    asked = true;
    Runnable leaving = () -> leave.accept(exitCode);
    List<Unfinished> measures =
        List.of(
            new Unfinished(SAME_SIGNAL_MILLIS, NativeProcess::dieOfSignals),
            new Unfinished(GIVE_UP_MILLIS, () -> giveUp.run()),
            new Unfinished(LEAVE_MILLIS, () -> Thread.ofPlatform().daemon().start(leaving)),
            new Unfinished(LONGEST_MILLIS, () -> {}));
    try {
      long waited = 0;
      for (Unfinished next : measures) {
        if (finished.await(next.millis - waited, TimeUnit.MILLISECONDS)) {
          break;
        }
        next.action.run();
        waited = next.millis;
      }
      Runtime.getRuntime().halt(exitCode);
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
