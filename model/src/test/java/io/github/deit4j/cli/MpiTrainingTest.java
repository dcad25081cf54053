package io.github.deit4j.cli;

import static io.github.deit4j.cli.TinyTraining.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.testing.MpiLauncher;
import io.github.deit4j.testing.MpiLauncher.Ended;
import io.github.deit4j.testing.MpiLauncher.Running;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Training by processes, as {@code mpirun} starts them, on every MPI that is here: the weights of
 * one process, and an end for all where one of them fails.
 */
class MpiTrainingTest {
  private static final Map<String, String> IMPATIENT = Map.of("DEIT4J_MPI_TIMEOUT", "10");

  private static final int SIGKILL = 9;

  @TempDir static Path folder;

  private static TinyTraining training;
  private static String[] teacher;

  @BeforeAll
  static void prepare() throws IOException {
    training = TinyTraining.in(folder);
    teacher = training.trainTeacher();
  }

  /** A JVM with a command line, as the launcher {@code deit} starts it. */
  private static List<String> deit(String javaOption, List<String> arguments) {
    return ChildJvm.command(List.of("-XX:+UseSerialGC", javaOption), arguments);
  }

  /** The same for a rank that is to be up soon: C1's code costs half the time in all. */
  static List<String> deit(List<String> arguments) {
    return deit("-XX:TieredStopAtLevel=1", arguments);
  }

  private static List<String> endless(String run) {
    return training.command(run, options(teacher, TinyTraining.ENDLESS));
  }

  @ParameterizedTest
  @CsvSource({"OPEN_MPI, 2", "OPEN_MPI, 3", "MPICH, 2", "MPICH, 3"})
  void theWeightsAreThoseOfOneProcess(MpiLauncher launcher, int ranks) throws Exception {
    String run = "%s %d".formatted(launcher, ranks);
    String[] options = options(teacher, "--set", "mixup=0.8", "--watch", "0");
    List<String> arguments = training.command(run, options);
    List<List<String>> commands = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      // Machines of different kinds.
      boolean x86 = System.getProperty("os.arch").matches("amd64|x86_64");
      commands.add(deit(rank == 1 && x86 ? "-XX:UseAVX=2" : "-Xshare:auto", arguments));
    }
    try (Running running = launcher.startEach(folder, Map.of(), commands)) {
      Ended ended = running.end();
      assertThat(ended.code()).as(ended.err()).isZero();
      assertThat(ended.err()).containsOnlyOnce("epoch 2: loss").contains(ranks + " processes");
      assertThat(ended.err()).containsOnlyOnce("watch the run at http://127.0.0.1:");
    }
    assertThat(training.weights(run))
        .isEqualTo(training.train("alone " + run, options(teacher, "--set", "mixup=0.8")));
    assertThat(training.metrics(run)).isEqualTo(training.metrics("alone " + run));
    String together = RunReportTest.details(training.out(run));
    assertThat(together.equals(RunReportTest.details(training.out("alone " + run))))
        .as("what the report tells of the evaluation")
        .isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void evaluatesTogether(MpiLauncher launcher) throws Exception {
    List<String> arguments =
        List.of(
            "evaluate",
            "--json",
            "--weights",
            teacher[1],
            "--data",
            folder.resolve("data").toString());
    try (Running running = launcher.start(folder, 2, Map.of(), deit(arguments))) {
      Ended ended = running.end();
      assertThat(ended.code()).as(ended.err()).isZero();
      assertThat(ended.out()).isEqualTo(Cli.run(arguments.toArray()).out());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSignalToOneRankStopsAll(MpiLauncher launcher) throws Exception {
    String run = "signal " + launcher;
    try (Running running = launcher.start(folder, 3, Map.of(), deit(endless(run)))) {
      running.await(() -> newestStep(training, run) >= 2);
      assertThat(running.rank(1).destroy()).isTrue();
      Ended ended = running.end();
      assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.STOPPED);
      assertThat(ended.err()).containsOnlyOnce("stopped at step");
    }
    assertResumedEqualsUninterrupted(run);
  }

  @ParameterizedTest
  @EnumSource
  void aFileStopsAll(MpiLauncher launcher) throws Exception {
    String run = "file " + launcher;
    try (Running running = launcher.start(folder, 2, Map.of(), deit(endless(run)))) {
      running.await(() -> newestStep(training, run) >= 2);
      Path stop = Files.createFile(training.out(run).resolve("stop"));
      Ended ended = running.end();
      assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.STOPPED);
      assertThat(stop).doesNotExist();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aKilledRankEndsAllAndDamagesNothing(MpiLauncher launcher) throws Exception {
    String run = "killed " + launcher;
    try (Running running = launcher.start(folder, 3, Map.of(), deit(endless(run)))) {
      running.await(() -> newestStep(training, run) >= 2);
      running.rank(1).destroyForcibly();
      assertThat(running.end().code()).isNotZero();
    }
    assertResumedEqualsUninterrupted(run);
  }

  @ParameterizedTest
  @EnumSource
  void aHungRankIsNamed(MpiLauncher launcher) throws Exception {
    String run = "hung " + launcher;
    try (Running running = launcher.start(folder, 3, IMPATIENT, deit(endless(run)))) {
      running.await(() -> newestStep(training, run) >= 2);
      String pid = Long.toString(running.rank(1).pid());
      assertThat(new ProcessBuilder("kill", "-STOP", pid).start().waitFor()).isZero();
      Ended ended = running.end();
      assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(ended.err())
          .containsOnlyOnce("waited 10 s for rank 1")
          .doesNotContain("deit: rank 2");
    }
    assertResumedEqualsUninterrupted(run);
  }

  /** They would wait for minutes: nobody has told them to be impatient. */
  @ParameterizedTest
  @CsvSource({"OPEN_MPI, 0", "OPEN_MPI, 1", "MPICH, 0", "MPICH, 1"})
  void aSignalToOneRankEndsAllThoughAnotherHangs(MpiLauncher launcher, int signalled)
      throws Exception {
    String run = "given up %s %d".formatted(launcher, signalled);
    try (Running running = launcher.start(folder, 3, Map.of(), deit(endless(run)))) {
      running.await(() -> newestStep(training, run) >= 2);
      String pid = Long.toString(running.rank(2).pid());
      assertThat(new ProcessBuilder("kill", "-STOP", pid).start().waitFor()).isZero();
      assertThat(running.rank(signalled).destroy()).isTrue();
      Ended ended = running.end();
      // Another rank than the first has two seconds to end all, too few on a busy machine: MPICH's
      // launcher can then tell of a rank that it had to kill.
      boolean late = launcher == MpiLauncher.MPICH && signalled != 0;
      assertThat(ended.code())
          .as(ended.err())
          .isIn(ExitCode.STOPPED, late ? SIGKILL : ExitCode.STOPPED);
      if (signalled == 0) {
        assertThat(ended.err()).containsOnlyOnce("stopped at step");
      }
    }
    assertResumedEqualsUninterrupted(run);
  }

  @ParameterizedTest
  @EnumSource
  void aRankWithoutDataSaysSoAndEndsAll(MpiLauncher launcher) throws Exception {
    List<String> with = training.command("no data " + launcher);
    List<String> without = new ArrayList<>(with);
    without.set(with.indexOf("--data") + 1, folder.resolve("nowhere").toString());
    List<List<String>> commands = List.of(deit(with), deit(without));
    try (Running running = launcher.startEach(folder, IMPATIENT, commands)) {
      Ended ended = running.end();
      assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.BAD_DATA);
      assertThat(ended.err()).containsOnlyOnce("deit: rank ").contains("deit: rank 1: ", "nowhere");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFullDiskOfTheFirstRankEndsAll(MpiLauncher launcher) throws Exception {
    String run = "full " + launcher;
    try (Running running = launcher.start(folder, 3, IMPATIENT, deit(endless(run)))) {
      running.await(() -> newestStep(training, run) >= 2);
      String pid = Long.toString(running.rank(0).pid());
      // MPI has its files by then.
      ProcessBuilder limit = new ProcessBuilder("prlimit", "--pid", pid, "--fsize=4096:4096");
      assertThat(limit.start().waitFor()).isZero();
      Ended ended = running.end();
      assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.CANNOT_WRITE);
      assertThat(ended.err())
          .containsOnlyOnce("deit: rank ")
          .contains("deit: rank 0: cannot write ");
    }
    assertResumedEqualsUninterrupted(run);
  }

  @ParameterizedTest
  @EnumSource
  void commandsForOneProcessAreRefusedOnce(MpiLauncher launcher) throws Exception {
    try (Running running = launcher.start(folder, 2, Map.of(), deit(List.of("doctor")))) {
      Ended ended = running.end();
      assertThat(ended.code()).isEqualTo(ExitCode.USAGE);
      assertThat(ended.out()).isEmpty();
      assertThat(ended.err()).containsOnlyOnce("doctor: expected one process, found 2");
    }
  }

  /** Lets one process go on for some steps, and compares it with one that took all. */
  private static void assertResumedEqualsUninterrupted(String run) throws IOException {
    String steps = Long.toString(newestStep(training, run) + 2);
    String[] options = options(options(teacher, TinyTraining.ENDLESS), "--max-steps", steps);
    assertThat(training.train(run, options(options, "--resume")))
        .isEqualTo(training.train(run + ", uninterrupted", options));
  }

  /** Returns the step that the file {@code latest} names, 0 if there is none. */
  static long newestStep(TinyTraining training, String run) {
    Path latest = training.out(run).resolve("latest");
    try {
      return Files.exists(latest)
          ? Long.parseLong(Files.readString(latest).strip().replace("step-", ""))
          : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
