package io.github.deit4j.cli;

import static io.github.deit4j.cli.TinyTraining.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cli.TinyTraining.Weights;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Training in JVMs of other kinds, and in JVMs that are stopped or killed. */
@DisabledOnOs(OS.WINDOWS) // has no signals
class TrainInChildJvmTest {
  private static final String OTHER_SYSTEM = "-Dos.name=Haiku";
  private static final int KILLS = 6;
  private static final int LONGEST_LIFE_MS = 1500;
  private static final int START_MS = 600;
  private static final int KILLED_BY_SIGKILL = 128 + 9;

  @TempDir static Path folder;

  private static TinyTraining training;
  private static String[] teacher;

  @BeforeAll
  static void prepare() throws IOException {
    training = TinyTraining.in(folder);
    teacher = training.trainTeacher();
  }

  @ParameterizedTest
  @CsvSource({
    "-XX:UseAVX=2, fp32",
    "-XX:UseAVX=3, fp32",
    "-XX:UseAVX=2, bf16",
    "-XX:UseAVX=3, bf16",
    "-Ddeit4j.machine-code=off, bf16"
  })
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
  void otherInstructionsGiveTheSameWeights(String javaOptions, String precision) throws Exception {
    assertSameWeights(javaOptions, options(teacher, "--precision", precision));
  }

  @ParameterizedTest
  @CsvSource({"-Xint, fp32", "-Xint, bf16", "-Xint -Ddeit4j.machine-code=off, bf16"})
  void aJvmWithoutCompilersGivesTheSameWeights(String javaOptions, String precision)
      throws Exception {
    String[] fewImages = {"--set", "batch=4", "--set", "accumulate=2", "--max-steps", "2"};
    String[] inPrecision = options(fewImages, "--precision", precision);
    assertSameWeights(javaOptions, options(teacher, inPrecision));
  }

  /** Of the name alone: Java itself calls libraries by what os.arch says. */
  @Test
  void aSystemWithoutOurMachineCodeGivesTheSameWeights() throws Exception {
    assertSameWeights(OTHER_SYSTEM, options(teacher));
    assertSameWeights(OTHER_SYSTEM, options(teacher, "--precision", "bf16"));
    try (ChildJvm child = ChildJvm.start(folder, OTHER_SYSTEM, List.of("doctor"))) {
      Cli result = child.result();
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.out())
          .containsPattern("system +Haiku, ")
          .containsPattern("bf16 +same results, .* this is Haiku on ");
    }
  }

  /** As in the archive for any platform: what is not there is told, with what would help. */
  @Test
  void theDoctorTellsOfNativesThatAreNotThere() throws Exception {
    String nowhere = "-Ddeit4j.openblas=/nowhere/a.so -Ddeit4j.turbojpeg=/nowhere/b.so";
    try (ChildJvm child = ChildJvm.start(folder, nowhere, List.of("doctor"))) {
      Cli result = child.result();
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.out())
          .containsPattern("openblas +backend openblas: OpenBLAS could not be loaded")
          .containsPattern("jpeg decoder +(?!libjpeg-turbo)")
          .containsPattern("backend +cpu: ");
    }
  }

  private static void assertSameWeights(String javaOptions, String... options) throws Exception {
    String run = "with %s, %s".formatted(javaOptions, String.join(" ", options)).replace('/', '_');
    Weights expected = training.train("expected " + run, options);
    try (ChildJvm child = ChildJvm.start(folder, javaOptions, training.command(run, options))) {
      Cli result = child.result();
      assertThat(result.err()).contains("JDK_JAVA_OPTIONS: " + javaOptions);
      assertThat(result.code()).as(result.err()).isZero();
    }
    assertThat(training.weights(run)).isEqualTo(expected);
    if (javaOptions.contains("machine-code=off")) {
      assertThat(training.out(run).resolve("environment.json"))
          .content()
          .contains("bf16 by rounded factors");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalStopsARunThatCanThenBeResumed(String signal) throws Exception {
    String run = "stopped by " + signal;
    try (ChildJvm child = ChildJvm.start(folder, "", with("--json", endless(run)))) {
      child.await(() -> newestStep(run) >= 2);
      child.signal(signal);
      Cli result = child.result();
      assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.STOPPED);
      assertThat(result.err()).contains("stopped at step", "--resume goes on");
      assertThat(result.err()).containsPattern("weights so far: .*/checkpoints/step-[0-9]+/model");
      assertThat(training.out(run).resolve("report.html"))
          .content()
          .containsPattern("weights so far are in checkpoints/step-[0-9]+/model.safetensors");
      assertThat(result.json().get("stopped").asBoolean()).isTrue();
    }
    assertThat(training.out(run).resolve("model.safetensors")).doesNotExist();
    assertResumedEqualsUninterrupted(run);
  }

  @Test
  void anInterruptBeforeAnythingIsWrittenSaysSo() throws Exception {
    Path recipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", recipe.toString()).start().waitFor()).isZero();
    List<String> command =
        List.of("train", "--recipe", recipe.toString(), "--out", training.out("never").toString());
    // While somebody could still write to the pipe, the child waits for its recipe.
    try (var pipe = new RandomAccessFile(recipe.toFile(), "rw");
        ChildJvm child = ChildJvm.start(folder, "", command)) {
      Thread.sleep(START_MS);
      child.signal("INT");
      assertThat(child.result().code()).isEqualTo(ExitCode.INTERRUPTED);
      assertThat(pipe.getFD().valid()).isTrue();
    }
    assertThat(training.out("never")).doesNotExist();
  }

  @Test
  void aRunKilledAtRandomMomentsEndsWithTheSameWeights() throws Exception {
    long seed = System.nanoTime();
    System.out.println("TrainInChildJvmTest seed " + seed);
    var random = new SplittableRandom(seed);
    String run = "killed";
    long newest = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      try (ChildJvm child = ChildJvm.start(folder, "", with("--resume", endless(run)))) {
        if (kill == 0) {
          child.await(() -> newestStep(run) > 0);
        }
        Thread.sleep(random.nextInt(LONGEST_LIFE_MS));
        child.signal("KILL");
        assertThat(child.result().code()).isEqualTo(KILLED_BY_SIGKILL);
      }
      long found = newestStep(run);
      assertThat(found).as("kill %d of seed %d", kill, seed).isGreaterThanOrEqualTo(newest);
      assertLoadable(run, found);
      newest = found;
    }
    assertResumedEqualsUninterrupted(run);
  }

  private static List<String> endless(String run) {
    return training.command(run, options(teacher, TinyTraining.ENDLESS));
  }

  private static List<String> with(String option, List<String> command) {
    return Stream.concat(command.stream(), Stream.of(option)).toList();
  }

  private static void assertLoadable(String run, long step) {
    Path weights = training.out(run).resolve("checkpoints/step-" + step + "/model.safetensors");
    Cli result = Cli.run("evaluate", "--weights", weights, "--data", folder.resolve("data"));
    assertThat(result.code()).as(result.err()).isZero();
  }

  /** Lets a run take some steps more, and compares it with one that took all in one go. */
  private static void assertResumedEqualsUninterrupted(String run) throws IOException {
    String steps = Long.toString(newestStep(run) + 4);
    String[] options = options(options(teacher, TinyTraining.ENDLESS), "--max-steps", steps);
    Weights resumed = training.train(run, options(options, "--resume"));
    assertThat(resumed).isEqualTo(training.train(run + ", uninterrupted", options));
  }

  /** Returns the step that the file {@code latest} names, 0 if there is none. */
  private static long newestStep(String run) {
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
