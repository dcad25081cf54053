package io.github.deit4j.cli;

import static io.github.deit4j.cli.TinyTraining.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cli.TinyTraining.Weights;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a run's folder when something goes wrong: nothing that was there is lost. */
class TrainFaultTest {
  /** Between the sizes of a model's file and its optimizer's, in blocks of 512 bytes. */
  private static final int FILE_LIMIT = 60;

  private static final String[] RUINOUS = {"--set", "optimizer=sgd", "--set", "lr=1e30"};

  @TempDir static Path folder;

  private static TinyTraining training;
  private static Weights uninterrupted;

  private String run;

  @BeforeAll
  static void prepare() throws IOException {
    training = TinyTraining.in(folder);
    uninterrupted = training.train("uninterrupted");
  }

  @BeforeEach
  void nameTheRun(TestInfo test) {
    run = test.getTestMethod().orElseThrow().getName();
  }

  private Cli fail(int code, String... options) {
    Cli result = Cli.run(training.command(run, options).toArray());
    assertThat(result.code()).as(result.err()).isEqualTo(code);
    assertThat(result.err()).doesNotContain("Exception", "\tat ");
    return result;
  }

  @Test
  void aFileInThePlaceOfTheFolder() throws IOException {
    Path file = Files.writeString(training.out(run), "precious");
    assertThat(fail(73).err()).contains("cannot write " + file);
    assertThat(file).hasContent("precious");
  }

  @Test
  void aFileAboveTheFolder() throws IOException {
    Path file = Files.writeString(training.out("file"), "precious");
    run = "file/run";
    assertThat(fail(73).err()).contains("cannot write " + training.out(run));
    assertThat(file).hasContent("precious");
  }

  @Test
  void aFolderThatIsNotEmpty() throws IOException {
    Files.createDirectories(training.out(run).resolve("papers"));
    Files.writeString(training.out(run).resolve("papers/thesis.tex"), "precious");
    Map<Path, String> before = training.files(run);
    assertThat(fail(2).err())
        .contains(training.out(run) + ": expected a new or empty folder, found papers", "--resume");
    assertThat(fail(2, "--resume").err())
        .contains(training.out(run) + ": expected a run to resume, found no recipe.yaml");
    assertThat(training.files(run)).isEqualTo(before);
  }

  @Test
  void aRunThatIsThereAlready() throws IOException {
    training.train(run, "--max-steps", "2");
    Map<Path, String> before = training.files(run);
    assertThat(fail(2).err()).contains("expected a new or empty folder", "--resume");
    assertThat(training.files(run)).isEqualTo(before);
  }

  @Test
  void resumingWithOtherSettingsListsThem() throws IOException {
    training.train(run, "--max-steps", "2");
    Map<Path, String> before = training.files(run);
    Cli result =
        fail(
            2, "--resume", "--seed", "5", "--set", "clip=1", "--set", "batch=16", "--max-bad", "3");
    assertThat(result.err())
        .contains("seed: 0 -> 5", "clip: 0.5 -> 1", "batch: 8 -> 16", "max-bad: 0 -> 3")
        .doesNotContain("epochs:");
    assertThat(training.files(run)).isEqualTo(before);
    assertThat(training.train(run, "--resume", "--threads", "1")).isEqualTo(uninterrupted);
  }

  @Test
  void resumingWithATeacherThatWasNotThereBefore() throws IOException {
    training.train(run, "--max-steps", "2");
    Map<Path, String> before = training.files(run);
    Cli result = fail(2, options(training.trainTeacher(), "--resume"));
    assertThat(result.err()).contains("distillation: none -> hard", "teacher: none -> ");
    assertThat(training.files(run)).isEqualTo(before);
  }

  @Test
  void resumingACompleteRunChangesNothing() throws IOException {
    training.train(run);
    Map<Path, String> before = training.files(run);
    Cli result = Cli.run(training.command(run, "--resume", "--json").toArray());
    assertThat(result.code()).as(result.err()).isZero();
    Map<Path, String> after = training.files(run);
    assertThat(withoutSessions(after)).isEqualTo(withoutSessions(before));
    JsonValue results = Json.read(training.out(run).resolve("results.json"));
    assertThat(result.json().get("results").value()).isEqualTo(results.value());
  }

  @Test
  void resumingBeforeTheFirstCheckpointStartsAnew() throws IOException {
    Files.createDirectories(training.out(run));
    assertThat(training.train(run, "--resume")).isEqualTo(uninterrupted);

    training.train(run + " 2", "--max-steps", "1");
    deleteCheckpoint(run + " 2", 1);
    Cli result = Cli.run(training.command(run + " 2", "--resume").toArray());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("there is no checkpoint yet, so the run starts anew");
    assertThat(training.weights(run + " 2")).isEqualTo(uninterrupted);
  }

  private static void deleteCheckpoint(String run, int step) throws IOException {
    Path checkpoint = training.out(run).resolve("checkpoints/step-" + step);
    for (Path file : training.files(run).keySet()) {
      Path absolute = training.out(run).resolve(file);
      if (absolute.startsWith(checkpoint)) {
        Files.delete(absolute);
      }
    }
    Files.delete(checkpoint);
  }

  @Test
  void aRunKilledBeforeItsResultsWereWrittenGetsThem() throws IOException {
    training.train(run);
    Map<Path, String> before = training.files(run);
    for (String last : List.of("model.safetensors", "model-ema.safetensors", "results.json")) {
      Files.delete(training.out(run).resolve(last));
    }
    training.train(run, "--resume");
    assertThat(training.files(run)).containsAllEntriesOf(withoutSessions(before));
  }

  /** Leaves out the files that tell how often the run was resumed. */
  private static Map<Path, String> withoutSessions(Map<Path, String> files) {
    files.remove(Path.of("environment.json"));
    files.remove(Path.of("report.html"));
    return files;
  }

  @Test
  void resultsAreThoseOfTheWeightsBesideThem() throws IOException {
    training.train(run, "--max-steps", "4");
    assertThat(training.out(run).resolve("results.json")).doesNotExist();
    training.train(run, "--resume");
    Path weights = training.out(run).resolve("model.safetensors");
    Cli evaluated =
        Cli.run(
            "evaluate",
            "--json",
            "--weights",
            weights,
            "--data",
            training.folder().resolve("data"));
    JsonValue results = Json.read(training.out(run).resolve("results.json"));
    assertThat(results.keys()).isNotEmpty();
    QuickstartCommandTest.assertHasScores(evaluated.json(), results);
  }

  @Test
  void aDamagedCheckpointIsPassedOver() throws IOException {
    training.train(run, "--max-steps", "5");
    Path newest = training.out(run).resolve("checkpoints/step-5/optimizer.safetensors");
    Files.write(newest, new byte[] {1, 2, 3});
    Cli result = Cli.run(training.command(run, "--resume").toArray());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("step-5 is damaged", "resuming from step 3");
    assertThat(training.weights(run)).isEqualTo(uninterrupted);
  }

  @Test
  void onlyDamagedCheckpointsEndTheRunAndStay() throws IOException {
    training.train(run, "--max-steps", "1");
    Path only = training.out(run).resolve("checkpoints/step-1/model.safetensors");
    Files.write(only, new byte[] {1, 2, 3});
    assertThat(fail(65, "--resume").err()).contains("only damaged ones: [step-1]");
    assertThat(only).hasBinaryContent(new byte[] {1, 2, 3});
    assertThat(training.out(run).resolve("model.safetensors")).exists();
  }

  @Test
  void checkpointsThatCannotBeWritten() throws IOException {
    training.train(run, "--max-steps", "2");
    Weights before = training.weights(run);
    Path checkpoints = training.out(run).resolve("checkpoints");
    Files.move(checkpoints, training.out("moved"));
    Files.writeString(checkpoints, "in the way");
    assertThat(fail(73, "--resume").err()).contains("cannot write " + checkpoints);
    assertThat(training.weights(run)).isEqualTo(before);
    Files.delete(checkpoints);
    Files.move(training.out("moved"), checkpoints);
    assertThat(training.train(run, "--resume")).isEqualTo(uninterrupted);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS) // has no ulimit
  void aDiskThatIsFullLosesNothing() throws Exception {
    training.train(run, "--max-steps", "2");
    Map<Path, String> before = withoutSessions(training.files(run));
    try (ChildJvm child =
        ChildJvm.startWithFileLimit(folder, FILE_LIMIT, training.command(run, "--resume"))) {
      Cli result = child.result();
      assertThat(result.code()).as(result.err()).isEqualTo(73);
      assertThat(result.err()).contains("cannot write " + training.out(run), "free space");
    }
    before.remove(Path.of("metrics.jsonl")); // has the step that could not be saved
    assertThat(training.files(run)).containsAllEntriesOf(before);
    assertThat(training.out(run).resolve("checkpoints")).isDirectoryNotContaining("glob:**/.*");
    assertThat(training.train(run, "--resume")).isEqualTo(uninterrupted);
  }

  @Test
  void aLossThatIsNotFiniteKeepsTheLastGoodCheckpoint() throws IOException {
    // The first step is tame, the second ruins the weights, and the third one shows it.
    Cli result =
        fail(65, options(RUINOUS, "--set", "warmup-epochs=1", "--set", "checkpoint-every=1"));
    assertThat(result.err()).contains("step 3: expected a finite loss", "found loss NaN");
    assertThat(training.out(run).resolve("latest")).hasContent("step-2\n");
    assertThat(training.out(run).resolve("model.safetensors")).doesNotExist();
    Path good = training.out(run).resolve("checkpoints/step-1/model.safetensors");
    Cli evaluated =
        Cli.run("evaluate", "--weights", good, "--data", training.folder().resolve("data"));
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
  }

  @Test
  void theCheckpointBeforeTheRuinedOneIsKeptAndNamed() throws IOException {
    String[] options =
        options(
            RUINOUS, "--set", "warmup-epochs=1", "--set", "checkpoint-every=1", "--set", "keep=1");
    Path good = training.out(run).resolve("checkpoints/step-1/model.safetensors");
    assertThat(fail(65, options).err())
        .contains("step 3: expected a finite loss", "finetune=" + good);
    assertThat(fail(65, options(options, "--resume")).err())
        .contains("step 3: expected a finite loss", "finetune=" + good);
    assertThat(good).exists();
    run += " anew";
    Cli result =
        Cli.run(
            training
                .command(run, "--set", "finetune=" + good, "--max-steps", "2", "--set", "keep=1")
                .toArray());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(training.out(run).resolve("checkpoints")).isDirectoryNotContaining("glob:**/step-1");
  }

  @Test
  void weightsThatAreNotFiniteAreNoCheckpoint() throws IOException {
    // A rate that is past float32.
    String[] options = {
      "--set",
      "optimizer=momentum",
      "--set",
      "lr=1e300",
      "--set",
      "clip=0",
      "--set",
      "warmup-epochs=0",
      "--set",
      "weight-decay=0",
      "--set",
      "checkpoint-every=1"
    };
    Cli result = fail(65, options);
    assertThat(result.err()).contains("expected finite weights after it, found others in ");
    assertThat(training.files(run).keySet())
        .extracting(Path::toString)
        .noneMatch(file -> file.startsWith("checkpoints"));
  }

  @Test
  void anOutputFolderThatIsDeletedMeanwhileCannotBeWritten() throws Exception {
    for (String deleted : List.of("", "checkpoints")) {
      String name = run + deleted;
      try (ChildJvm child =
          ChildJvm.start(
              folder,
              "",
              training.command(name, "--set", "epochs=100000", "--set", "checkpoint-every=1"))) {
        Path latest = training.out(name).resolve("latest");
        child.await(() -> Files.exists(latest));
        delete(training.out(name).resolve(deleted));
        Cli result = child.result();
        assertThat(result.code()).as(result.err()).isEqualTo(73);
        assertThat(result.err()).contains("cannot write " + training.out(name));
      }
    }
  }

  /** Deletes a folder into which somebody may be writing. */
  private static void delete(Path tree) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("rm", "-rf", tree.toString()).start().waitFor()).isNotNegative();
    if (Files.exists(tree)) {
      delete(tree);
    }
  }

  @Test
  void weightsThatTheLastStepRuinedAreNoResult() throws IOException {
    String[] oneStep = {"--set", "accumulate=12", "--set", "epochs=1", "--set", "warmup-epochs=0"};
    Cli result = fail(65, options(RUINOUS, oneStep));
    assertThat(result.err())
        .contains("step 1: expected a finite loss on the test images after it, found NaN");
    assertThat(training.files(run).keySet())
        .extracting(Path::toString)
        .doesNotContain("model.safetensors", "results.json")
        .noneMatch(file -> file.startsWith("checkpoints"));
  }
}
