package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictCommandTest {
  private static final List<String> CLASSES = List.of("bee", "cat", "dog");

  @TempDir Path dir;
  private Path weights;
  private Path small;
  private Path wide;

  @BeforeEach
  void makeModelAndImages() throws IOException {
    weights = TinyModel.save(dir.resolve("model.safetensors"), CLASSES);
    small = TinyModel.png(dir.resolve("images/small.png"), 5, 5, 1);
    wide = TinyModel.png(dir.resolve("images/wide.png"), 40, 20, 2);
  }

  @Test
  void givesClassesOfEveryImageAsJson() throws IOException {
    Cli result = Cli.run("predict", "--weights", weights, "--json", small, wide);
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    List<JsonValue> images = result.json().get("images").items();
    assertThat(images).hasSize(2);
    assertThat(images.get(0).get("file").asString()).isEqualTo(small.toString());
    assertThat(images.get(1).get("file").asString()).isEqualTo(wide.toString());
    for (JsonValue image : images) {
      List<Double> probabilities = new ArrayList<>();
      for (JsonValue prediction : image.get("predictions").items()) {
        probabilities.add(prediction.get("probability").asDouble());
        assertThat(prediction.get("class").asString())
            .isEqualTo(CLASSES.get(prediction.get("index").asInt()));
      }
      assertThat(probabilities).hasSize(3).isSortedAccordingTo((a, b) -> Double.compare(b, a));
      assertThat(probabilities.stream().mapToDouble(p -> p).sum()).isCloseTo(1, within(1e-9));
    }
  }

  @Test
  void modelsOfThousandClassesWithoutNamesHaveImageNets() throws IOException {
    weights = TinyModel.saveWithoutMetadata(dir.resolve("imagenet.safetensors"), 1000);
    Cli result =
        Cli.run("predict", "--weights", weights, "--heads", 1, "--top", 1000, "--json", wide);
    assertThat(result.code()).as(result.err()).isZero();
    List<JsonValue> predictions =
        result.json().get("images").items().getFirst().get("predictions").items();
    assertThat(predictions).hasSize(1000);
    for (JsonValue prediction : predictions) {
      if (prediction.get("index").asInt() == 207) {
        assertThat(prediction.get("class").asString()).isEqualTo("golden retriever");
      }
    }
  }

  @Test
  void printsTheBestClasses() {
    Cli result = Cli.run("predict", "--weights", weights, "--top", 2, small, wide);
    assertThat(result.code()).isZero();
    assertThat(result.out().lines()).hasSize(6);
    assertThat(result.out()).containsSubsequence(small.toString(), " % ", wide.toString(), " % ");
    assertThat(result.out()).containsPattern("[0-9]{2}\\.[0-9]{2} %  (bee|cat|dog)");
  }

  @Test
  void openBlasGivesTheSameUpToRounding() throws IOException {
    assumeTrue(NativeLibraries.openBlas().place().isPresent(), "no OpenBLAS on this machine");
    assertThat(probabilities("--backend", "openblas"))
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6 ? 0 : Double.compare(a, b))
        .isEqualTo(probabilities("--backend", "cpu"));
  }

  private List<Double> probabilities(String... backend) throws IOException {
    Cli result = Cli.run("predict", "--weights", weights, "--json", backend[0], backend[1], small);
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    List<Double> probabilities = new ArrayList<>();
    for (JsonValue each :
        result.json().get("images").items().getFirst().get("predictions").items()) {
      probabilities.add(each.get("probability").asDouble());
    }
    return probabilities;
  }

  /** In a JVM of its own, because a library once loaded stays. */
  @Test
  void openBlasThatIsNotThereIsUnavailable() throws IOException, InterruptedException {
    List<String> command =
        List.of("predict", "--backend", "openblas", "--weights", weights.toString(), "x.png");
    try (ChildJvm child = ChildJvm.start(dir, "-Ddeit4j.openblas=/nowhere/blas.so", command)) {
      Cli result = child.result();
      assertThat(result.code()).isEqualTo(69);
      assertThat(result.err())
          .contains(
              "OpenBLAS could not be loaded", "/nowhere/blas.so: no such file", "Install OpenBLAS");
    }
  }

  @Test
  void headsGiveTheirOwnProbabilities() {
    Object joint = Cli.run("predict", "--weights", weights, "--json", small);
    assertThat(Cli.run("predict", "--weights", weights, "--json", "--head", "joint", small))
        .isEqualTo(joint);
    assertThat(Cli.run("predict", "--weights", weights, "--json", "--head", "class", small))
        .isNotEqualTo(joint);
  }

  @Test
  void anUnreadableImageDoesNotStopTheOthers() throws IOException {
    Path bad = Files.writeString(dir.resolve("bad.png"), "no image");
    Path none = dir.resolve("none.png");
    Cli result = Cli.run("predict", "--weights", weights, "--json", bad, small, none, wide);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err())
        .contains("deit: " + bad + ": is no image", "deit: " + none + ": no such file");
    List<JsonValue> images = result.json().get("images").items();
    assertThat(images).hasSize(4);
    assertThat(images.get(0).get("error").asString()).contains("is no image");
    assertThat(images.get(1).get("predictions").items()).hasSize(3);
    assertThat(images.get(2).keys()).containsExactly("file", "error");
    assertThat(images.get(3).get("predictions").items()).hasSize(3);

    Cli text = Cli.run("predict", "--weights", weights, bad, small);
    assertThat(text.code()).isEqualTo(65);
    assertThat(text.out()).startsWith(small.toString());
  }

  @Test
  void numbersThatAreNotFiniteAreNoPrediction() throws IOException {
    Path broken = TinyModel.saveWith(dir.resolve("w"), CLASSES, "norm.weight", Float.NaN);
    Cli result = Cli.run("predict", "--weights", broken, "--json", small);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains("no finite numbers");
    assertThat(result.json().get("images").items().getFirst().has("predictions")).isFalse();
  }

  @Test
  void badWeightsAreBadData() throws IOException {
    Cli none = Cli.run("predict", "--weights", dir.resolve("none"), small);
    assertThat(none.code()).isEqualTo(65);
    assertThat(none.err()).contains("expected a file, found none");
    Cli image = Cli.run("predict", "--weights", small, wide);
    assertThat(image.code()).isEqualTo(65);
    assertThat(image.err()).contains(small + ": expected a safetensors");
    Path deeper = TinyModel.saveClaiming(dir.resolve("w"), CLASSES, "model.depth", "2");
    Cli mismatch = Cli.run("predict", "--weights", deeper, small);
    assertThat(mismatch.code()).isEqualTo(65);
    assertThat(mismatch.err()).contains("found 12 differences", "\"blocks.1.attn.qkv.bias\" [48]");
  }

  @Test
  void contradictionsAreUsageErrors() throws IOException {
    Path plain = TinyModel.save(dir.resolve("plain"), CLASSES, false);
    Cli head = Cli.run("predict", "--weights", plain, "--head", "joint", small);
    assertThat(head.code()).isEqualTo(2);
    assertThat(head.err()).contains("no distillation token, found joint");
    Cli top = Cli.run("predict", "--weights", plain, "--top", 0, small);
    assertThat(top.code()).isEqualTo(2);
    assertThat(top.err()).contains("--top: expected 1 or more, found 0");
    assertThat(Cli.run("predict", "--weights", plain).code()).as("no image").isEqualTo(2);
  }
}
