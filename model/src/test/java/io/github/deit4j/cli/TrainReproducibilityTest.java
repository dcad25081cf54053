package io.github.deit4j.cli;

import static io.github.deit4j.cli.TinyTraining.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cli.TinyTraining.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The promise: same seed and data, same weights, to the last bit. */
class TrainReproducibilityTest {
  @TempDir static Path folder;

  private static final Map<Distillation, Weights> EXPECTED = new EnumMap<>(Distillation.class);

  private static TinyTraining training;
  private static String[] teacher;

  /** The ways to learn from a teacher. */
  enum Distillation {
    NONE,
    HARD,
    SOFT,
    HARD_IN_BF16;

    String[] options() {
      return switch (this) {
        case NONE -> new String[0];
        case HARD -> teacher;
        case HARD_IN_BF16 -> TinyTraining.options(teacher, "--precision", "bf16");
        case SOFT -> TinyTraining.options(teacher, "--set", "distillation=soft");
      };
    }
  }

  @BeforeAll
  static void trainOnce() throws IOException {
    training = TinyTraining.in(folder);
    teacher = training.trainTeacher();
    for (Distillation distillation : Distillation.values()) {
      EXPECTED.put(
          distillation,
          training.train(
              "expected " + distillation, options(distillation.options(), "--threads", "1")));
    }
  }

  static Stream<Arguments> threadsAndSplits() {
    return Stream.of(Distillation.values())
        .flatMap(
            distillation ->
                Stream.of(1, 2, 3)
                    .flatMap(
                        threads ->
                            Stream.of(1, 4, 16)
                                .map(split -> Arguments.of(distillation, threads, split))));
  }

  @ParameterizedTest
  @MethodSource("threadsAndSplits")
  void neitherThreadsNorTheSplitOfTheBatchChangeTheWeights(
      Distillation distillation, int threads, int split) throws IOException {
    String run = "%s %d %d".formatted(distillation, threads, split);
    Weights weights =
        training.train(
            run,
            options(
                distillation.options(),
                "--threads",
                Integer.toString(threads),
                "--set",
                "batch=" + 32 / split,
                "--set",
                "accumulate=" + split));
    assertThat(weights).isEqualTo(EXPECTED.get(distillation));
  }

  @Test
  void activationCheckpointingDoesNotChangeTheWeights() throws IOException {
    String[] options = options(teacher, "--set", "activation-checkpointing=true");
    assertThat(training.train("checkpointing", options)).isEqualTo(EXPECTED.get(Distillation.HARD));
  }

  static Stream<Arguments> interruptions() {
    return Stream.of(Distillation.NONE, Distillation.HARD, Distillation.HARD_IN_BF16)
        .flatMap(
            distillation ->
                IntStream.rangeClosed(1, TinyTraining.STEPS)
                    .mapToObj(steps -> Arguments.of(distillation, steps)));
  }

  @ParameterizedTest
  @MethodSource("interruptions")
  void aRunThatIsResumedEndsWithTheSameWeights(Distillation distillation, int steps)
      throws IOException {
    String run = "resumed %s %d".formatted(distillation, steps);
    String[] options = distillation.options();
    Weights interrupted =
        training.train(run, options(options, "--max-steps", Integer.toString(steps)));
    Weights resumed = training.train(run, options(options, "--resume", "--threads", "2"));
    assertThat(resumed).isEqualTo(EXPECTED.get(distillation));
    if (steps < TinyTraining.STEPS) {
      assertThat(interrupted).isNotEqualTo(resumed);
    }
    assertThat(training.out(run).resolve("results.json"))
        .hasSameTextualContentAs(training.out("expected " + distillation).resolve("results.json"));
    assertThat(training.metrics(run))
        .as("metrics but for the speed, each step once")
        .isEqualTo(training.metrics("expected " + distillation));
  }

  @Test
  void aRunCanBeResumedAfterEachStep() throws IOException {
    training.train("in pieces", options(teacher, "--max-steps", "1"));
    for (int steps = 2; steps <= TinyTraining.STEPS; steps++) {
      training.train(
          "in pieces", options(teacher, "--resume", "--max-steps", Integer.toString(steps)));
    }
    assertThat(training.weights("in pieces")).isEqualTo(EXPECTED.get(Distillation.HARD));
  }

  @ParameterizedTest
  @EnumSource(Distillation.class)
  void noFolderAndNoOptionThatOnlyWatchesIsInTheFiles(Distillation distillation)
      throws IOException {
    Weights weights =
        training.train(
            "deeper/and with spaces/" + distillation,
            options(
                distillation.options(),
                "--json",
                "--set",
                "name=another",
                "--set",
                "checkpoint-every=1",
                "--set",
                "keep=1",
                "--set",
                "evaluate-every=2"));
    assertThat(weights).isEqualTo(EXPECTED.get(distillation));
  }

  /** Shows that what these tests keep constant is at work. */
  @ParameterizedTest
  @CsvSource({
    "seed, 1",
    "drop-path, 0",
    "clip, 0",
    "crop-padding, 0",
    "flip, 0",
    "smoothing, 0",
    "alpha, 0.4",
    "decay-dist-token, false"
  })
  void anotherSettingGivesOtherWeights(String key, String value) throws IOException {
    Weights weights = training.train("other " + key, options(teacher, "--set", key + "=" + value));
    assertThat(weights.model()).isNotEqualTo(EXPECTED.get(Distillation.HARD).model());
    assertThat(weights.average()).isNotEqualTo(EXPECTED.get(Distillation.HARD).average());
  }

  @Test
  void everyWayToLearnFromATeacherGivesOtherWeights() {
    assertThat(EXPECTED.values()).doesNotHaveDuplicates();
    assertThat(EXPECTED.values()).noneMatch(weights -> weights.model().equals(weights.average()));
  }
}
