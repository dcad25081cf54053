package io.github.deit4j.collective.mpi;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.testing.MpiLauncher;
import io.github.deit4j.testing.MpiLauncher.Ended;
import io.github.deit4j.testing.MpiLauncher.Running;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Ranks that are processes, on every MPI that is here. */
class MpiTest {
  @TempDir private Path folder;

  private Ended run(MpiLauncher launcher, int ranks, String work, int patience)
      throws IOException, InterruptedException {
    return run(launcher, ranks, work, patience, Map.of());
  }

  private Ended run(
      MpiLauncher launcher, int ranks, String work, int patience, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:MaxDirectMemorySize=256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            MpiRank.class.getName(),
            work,
            Integer.toString(patience));
    try (Running running = launcher.start(folder, ranks, environment, java)) {
      return running.end();
    }
  }

  private static String version(MpiLauncher launcher) {
    return launcher == MpiLauncher.OPEN_MPI ? "Open MPI" : "MPICH";
  }

  @ParameterizedTest
  @CsvSource({"OPEN_MPI, 2", "OPEN_MPI, 3", "MPICH, 2", "MPICH, 3"})
  void everyCallDeliversToEveryRank(MpiLauncher launcher, int ranks) throws Exception {
    Ended ended = run(launcher, ranks, "everything", 60);

    assertThat(ended.code()).as(ended.err()).isZero();
    for (int rank = 0; rank < ranks; rank++) {
      assertThat(ended.out())
          .contains("rank %d of %d: done (%s".formatted(rank, ranks, version(launcher)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void longMessagesAreCut(MpiLauncher launcher) throws Exception {
    Ended ended = run(launcher, 2, "long", 60);

    assertThat(ended.code()).as(ended.out() + ended.err()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void leavesTheJvmItsSignals(MpiLauncher launcher) throws Exception {
    // What a cluster might set, and what the JVM would die of.
    Ended ended = run(launcher, 2, "signals", 60, Map.of("UCX_ERROR_SIGNALS", "SEGV,FPE"));

    assertThat(ended.code()).as(ended.out() + ended.err()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void whoHangsIsNamedAndAllEnd(MpiLauncher launcher) throws Exception {
    Ended ended = run(launcher, 3, "hang", 2);

    assertThat(ended.code()).isEqualTo(69);
    // Rank 2 has a second more, and is ended before, unless the machine is busy.
    assertThat(ended.out())
        .contains("rank 0: TimedOut: gather: waited 2 s for rank 1, which hangs")
        .doesNotContain("rank 2: TimedOut: gather: waited 2 s");
  }

  @ParameterizedTest
  @EnumSource
  void lengthsThatDoNotFitAreNoticed(MpiLauncher launcher) throws Exception {
    Ended ended = run(launcher, 2, "unequal", 10);

    assertThat(ended.code()).isEqualTo(69);
    assertThat(ended.out())
        .contains("rank 1: Mismatch: broadcast: expected 16 bytes from rank 0, found 12");
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsOfUseAfterAnInterrupt(MpiLauncher launcher) throws Exception {
    Ended ended = run(launcher, 2, "interrupt", 10);

    assertThat(ended.code()).isEqualTo(69);
    assertThat(ended.out()).contains("Failed: this rank has given up already");
  }

  @ParameterizedTest
  @EnumSource
  void aLibraryThatDoesNotKnowTheLauncherIsNoticed(MpiLauncher launcher) throws Exception {
    String other =
        launcher == MpiLauncher.OPEN_MPI
            ? "/usr/lib/x86_64-linux-gnu/libmpich.so.12"
            : "/usr/lib/x86_64-linux-gnu/libmpi.so.40";
    Ended ended = run(launcher, 2, "everything", 10, Map.of("DEIT4J_MPI", other));

    assertThat(ended.code()).isEqualTo(69);
    assertThat(ended.out()).contains("not started: ");
  }
}
