package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Work that hears nothing of a signal is given up, and ends all the same. */
@Timeout(100)
@EnabledOnOs(OS.LINUX)
class StopSignalTest {
  private static final int KILLED_BY_SIGTERM = 128 + 15;

  @TempDir Path folder;

  /** Works for longer than anybody waits, and hears nothing. */
  static final class Deaf {
    private Deaf() {}

    public static void main(String[] args) throws Exception {
      try (StopSignal signal = new StopSignal()) {
        signal.exitWith(ExitCode.STOPPED);
        signal.giveUpBy(() -> create(Path.of(args[0], "given up")));
        create(Path.of(args[0], "ready"));
        Thread.sleep(1_000_000);
      }
    }

    private static void create(Path file) {
      try {
        Files.createFile(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private ChildJvm start() throws Exception {
    ChildJvm child = ChildJvm.start(folder, Deaf.class, List.of(folder.toString()));
    child.await(() -> Files.exists(folder.resolve("ready")));
    return child;
  }

  @Test
  void oneSignalGivesUpAndThenEnds() throws Exception {
    try (ChildJvm child = start()) {
      child.signal("TERM");
      assertThat(child.result().code()).isEqualTo(ExitCode.STOPPED);
      assertThat(folder.resolve("given up")).exists();
    }
  }

  @Test
  void theNextOneEndsAtOnce() throws Exception {
    try (ChildJvm child = start()) {
      while (child.terminate()) {
        Thread.sleep(300);
      }
      assertThat(child.result().code()).isEqualTo(KILLED_BY_SIGTERM);
    }
  }
}
