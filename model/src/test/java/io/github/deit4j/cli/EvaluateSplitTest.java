package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cli.EvaluationImages.Part;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.decode.Decoding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which images {@code evaluate} takes. */
class EvaluateSplitTest {
  @TempDir static Path shared;

  /** 30 images of 3 classes, without val, of which the run held 6 out. */
  private static Path data;

  private static Path run;

  @TempDir Path dir;

  @BeforeAll
  static void train() throws IOException {
    data = shared.resolve("data");
    OwnImages.write(data, 10);
    run = shared.resolve("run");
    Cli trained = OwnImages.train(data, run);
    assertThat(trained.code()).as(trained.err()).isZero();
  }

  private static Cli evaluate(Path weights, Path images, String... more) {
    List<Object> command =
        new ArrayList<>(List.of("evaluate", "--weights", weights, "--data", images));
    command.addAll(List.of(more));
    return Cli.run(command.toArray());
  }

  /** Returns the paths of the images that are evaluated. */
  private static List<String> evaluated(Path weights, Path data, Part part) throws IOException {
    try (EvaluationImages images =
        EvaluationImages.open(data, weights, part, Decoding.STANDARD, _ -> {})) {
      Dataset dataset = images.images();
      return IntStream.range(0, dataset.size()).mapToObj(dataset::path).toList();
    }
  }

  private static List<String> ofRun(String split) throws IOException {
    return Files.readAllLines(run.resolve("split.csv")).stream()
        .filter(line -> line.endsWith("," + split))
        .map(line -> line.substring(0, line.indexOf(',')))
        .toList();
  }

  @Test
  void takesWhatTheRunHeldOutAndSaysSo() throws IOException {
    List<String> heldOut = ofRun("val");
    assertThat(heldOut).hasSize(6);
    assertThat(evaluated(run, data, null)).isEqualTo(heldOut);
    assertThat(evaluated(run.resolve("model.safetensors"), data, Part.VAL)).isEqualTo(heldOut);
    Path checkpoint;
    try (var steps = Files.list(run.resolve("checkpoints"))) {
      checkpoint = steps.sorted().toList().getLast();
    }
    assertThat(evaluated(checkpoint, data, null)).isEqualTo(heldOut);
    Cli said = evaluate(run, data, "--json");
    assertThat(said.err())
        .contains("6 of 30 images: those that the run held out (" + run.resolve("split.csv"));
    assertThat(said.json().get("class").keys())
        .containsExactly("top1", "top5", "loss", "ece", "per_class", "confusion");
    assertThat(Files.readString(run.resolve("results.json")))
        .as("the run's own last evaluation")
        .contains("\"loss\": " + said.json().get("class").get("loss").asDouble());
  }

  @Test
  void takesWhatTheRunLearnedFromOrAll() throws IOException {
    assertThat(evaluated(run, data, Part.TRAIN)).isEqualTo(ofRun("train")).hasSize(24);
    assertThat(evaluated(run, data, Part.ALL)).hasSize(30).doesNotHaveDuplicates();
  }

  @Test
  void alsoWhereAllImagesAreBelowTrain() throws IOException {
    Path below = dir.resolve("below");
    OwnImages.write(below.resolve("train"), 10);
    assertThat(evaluated(run, below, null)).isEqualTo(ofRun("val"));
    assertThat(evaluated(run, below, Part.ALL)).hasSize(30);
  }

  @Test
  void otherImagesAreTakenWholeAndThatIsSaid() throws IOException {
    Path others = dir.resolve("others");
    OwnImages.write(others, 2);
    Cli result = evaluate(run, others);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("on 6 images of " + others);
    assertThat(result.err())
        .contains("split.csv is of other images, so all of these are taken", "24 of them missing");
    Cli refused = evaluate(run, others, "--split", "val");
    assertThat(refused.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(refused.err()).contains("split.csv: expected the images of the run");
  }

  @Test
  void aSplitOfTheDataComesBeforeTheRuns() throws IOException {
    Path splits = dir.resolve("splits");
    OwnImages.write(splits.resolve("train"), 10);
    OwnImages.write(splits.resolve("val"), 1);
    assertThat(evaluated(run, splits, null)).hasSize(3);
    assertThat(evaluated(run, splits, Part.VAL)).hasSize(3);
    assertThat(evaluated(run, splits, Part.TRAIN)).hasSize(30);
    assertThat(evaluated(run, splits, Part.ALL)).hasSize(33);
  }

  @Test
  void imagesForTestingAreNotThoseForValidation() throws IOException {
    Path splits = dir.resolve("splits");
    OwnImages.write(splits.resolve("train"), 10);
    OwnImages.write(splits.resolve("test"), 1);
    assertThat(evaluated(run, splits, null)).hasSize(3);
    assertThat(evaluated(run, splits, Part.VAL)).hasSize(6);
    Path alone = Files.copy(run.resolve("model.safetensors"), dir.resolve("alone.safetensors"));
    assertThat(evaluated(alone, splits, Part.VAL)).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"val", "train"})
  void withoutAnySplitThereIsNoPart(String part) throws IOException {
    Path alone = Files.copy(run.resolve("model.safetensors"), dir.resolve("alone.safetensors"));
    Cli result = evaluate(alone, data, "--split", part);
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err())
        .contains("--split " + part + ": expected a split of " + data, "split.csv", "--split all");
    assertThat(evaluate(alone, data).out()).contains("on 30 images of");
  }

  @ParameterizedTest
  @ValueSource(strings = {"test", "VAL", ""})
  void anotherWordIsNoSplit(String part) {
    Cli result = evaluate(run, data, "--split", part);
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("'--split'", "expected val, train or all, found " + part);
  }
}
