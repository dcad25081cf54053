package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.data.set.IdxFiles;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {
  private static final List<String> CLASSES = List.of("bee", "cat", "dog");
  private static final int IMAGES_EACH = 2;

  @TempDir Path dir;
  private Path data;

  @BeforeEach
  void makeImages() throws IOException {
    data = TinyModel.folders(dir.resolve("data"), CLASSES, IMAGES_EACH);
  }

  private Path weights() throws IOException {
    return TinyModel.save(dir.resolve("model.safetensors"), CLASSES);
  }

  private Cli evaluate(Path weights, Object... more) {
    Object[] args = new Object[5 + more.length];
    System.arraycopy(
        new Object[] {"evaluate", "--weights", weights, "--data", data}, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return Cli.run(args);
  }

  @Test
  void printsEveryHeadAsJson() throws IOException {
    Cli result = evaluate(weights(), "--json");
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.json().keys()).containsExactly("class", "distillation", "mean", "joint");
    for (String head : result.json().keys()) {
      JsonValue score = result.json().get(head);
      assertThat(score.keys())
          .containsExactly("top1", "top5", "loss", "ece", "per_class", "confusion");
      assertThat(score.get("top1").asDouble()).isBetween(0.0, 1.0);
      assertThat(score.get("top5").asDouble()).as("of 3 classes").isEqualTo(1);
      // An untrained model knows nothing.
      assertThat(score.get("loss").asDouble()).isCloseTo(Math.log(3), within(0.2));
    }
  }

  @Test
  void batchAndThreadsChangeNothing() throws IOException {
    Path weights = weights();
    String expected = evaluate(weights, "--json").out();
    assertThat(evaluate(weights, "--json", "--batch", 1, "--threads", 1).out()).isEqualTo(expected);
    assertThat(evaluate(weights, "--json", "--batch", 4, "--threads", 3).out()).isEqualTo(expected);
  }

  @Test
  void oneHeadGivesItsEntryOnly() throws IOException {
    Path weights = weights();
    Cli result = evaluate(weights, "--json", "--head", "joint");
    assertThat(result.json().keys()).containsExactly("joint");
    assertThat(result.json().get("joint").value())
        .isEqualTo(evaluate(weights, "--json").json().get("joint").value());
  }

  @Test
  void printsATable() throws IOException {
    Cli result = evaluate(weights());
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains("on 6 images of " + data)
        .containsSubsequence("top-1", "top-5", "loss", "class", "distillation", "mean", "joint")
        .contains("100.00 %");
  }

  @Test
  void takesTheTestImagesOfAFolderWithSplits() throws IOException {
    Path splits = dir.resolve("splits");
    TinyModel.folders(splits.resolve("train"), CLASSES, 3);
    TinyModel.folders(splits.resolve("val"), CLASSES, 1);
    data = splits;
    assertThat(evaluate(weights()).out()).contains("on 3 images of");
  }

  @Test
  void knowsIdxFiles() throws IOException {
    data = Files.createDirectory(dir.resolve("idx"));
    int size = TinyModel.SIZE;
    Files.write(data.resolve("t10k-images-idx3-ubyte"), IdxFiles.counting(10, size, size));
    Files.write(data.resolve("t10k-labels-idx1-ubyte"), IdxFiles.counting(10));
    Path weights = TinyModel.save(dir.resolve("w"), FashionMnist.CLASS_NAMES);
    Cli result = evaluate(weights, "--json", "--head", "class");
    assertThat(result.err()).isEmpty();
    assertThat(result.json().get("class").get("loss").asDouble())
        .isCloseTo(Math.log(10), within(0.2));
  }

  @Test
  void weightsWithoutClassNamesFitBySize() throws IOException {
    Path three = TinyModel.saveWithoutMetadata(dir.resolve("three"), 3);
    assertThat(evaluate(three, "--heads", 1, "--json").code()).isZero();
    Path four = TinyModel.saveWithoutMetadata(dir.resolve("four"), 4);
    Cli result = evaluate(four, "--heads", 1, "--json");
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains("label 3: expected \"class 3\", found none");
  }

  @Test
  void foldersNamedByNumbersAreLabels() throws IOException {
    Path weights = TinyModel.saveWithoutMetadata(dir.resolve("eleven"), 11);
    data = TinyModel.folders(dir.resolve("padded"), numbers("%02d", 0, 11), 1);
    String expected = evaluate(weights, "--heads", 1, "--json").out();
    data = dir.resolve("numbers");
    for (int i = 0; i < 11; i++) {
      Path from = dir.resolve("padded/%02d/0.png".formatted(i));
      Files.createDirectories(data.resolve("" + i));
      Files.copy(from, data.resolve(i + "/0.png"));
    }
    Cli result = evaluate(weights, "--heads", 1, "--json");
    assertThat(result.code()).isZero();
    assertThat(result.out()).isEqualTo(expected);
  }

  @Test
  void numbersThatAreNoLabelsAreListed() throws IOException {
    Path weights = TinyModel.saveWithoutMetadata(dir.resolve("three"), 3);
    data = TinyModel.folders(dir.resolve("from one"), numbers("%d", 1, 4), 1);
    Cli result = evaluate(weights, "--heads", 1);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("label 0: expected \"class 0\", found \"1\"")
        .contains("label 2: expected \"class 2\", found \"3\"");
  }

  /** Writes images named as ImageNet's validation images, as many each of three classes. */
  private void validationImages() throws IOException {
    Path images = TinyModel.folders(dir.resolve("images"), CLASSES, IMAGES_EACH);
    data = dir.resolve("val");
    for (int i = 0; i < 3 * IMAGES_EACH; i++) {
      String name = CLASSES.get(i / IMAGES_EACH);
      Files.createDirectories(data.resolve(name));
      Files.copy(
          images.resolve("%s/%d.png".formatted(name, i % IMAGES_EACH)),
          data.resolve("%s/ILSVRC2012_val_%08d.png".formatted(name, i + 1)));
    }
  }

  private Path real(String json) throws IOException {
    return Files.writeString(dir.resolve("real.json"), json);
  }

  @Test
  void realsLabelsTakeThePlaceOfTheFolders() throws IOException {
    validationImages();
    Path weights = weights();
    Path sameLabels = real("[[0], [0], [1], [1], [2], [2]]");
    Cli same = evaluate(weights, "--real", sameLabels, "--json");
    assertThat(same.err()).contains("0 images have no label in " + sameLabels);
    assertThat(same.out()).isEqualTo(evaluate(weights, "--json").out());
    Cli other = evaluate(weights, "--real", real("[[1], [1], [2], [2], [0], [0]]"), "--json");
    assertThat(other.out()).isNotEqualTo(same.out());
  }

  @Test
  void anyOfRealsLabelsIsRightAndImagesWithoutOneDoNotCount() throws IOException {
    validationImages();
    Path weights = weights();
    Path real = real("[[], [2, 0, 1], [], [0, 1, 2], [1, 0, 2], []]");
    Cli result = evaluate(weights, "--real", real);
    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("3 images have no label in " + real + " and do not count");
    assertThat(result.out()).contains("on 3 images of");
    JsonValue scores = evaluate(weights, "--real", real, "--json").json();
    for (String head : scores.keys()) {
      assertThat(scores.get(head).get("top1").asDouble()).as(head).isEqualTo(1);
      assertThat(scores.get(head).get("loss").asDouble())
          .as("of all classes together, by head " + head)
          .isCloseTo(0, within(1e-6));
    }
    Path halves = real("[[0, 1], [0, 1], [0, 1], [0, 1], [0, 1], [0, 1]]");
    double both = loss(weights, halves);
    double first = loss(weights, real("[[0], [0], [0], [0], [0], [0]]"));
    assertThat(both).isBetween(0.2, first - 0.3); // an untrained model gives each about a third
  }

  private double loss(Path weights, Path real) throws IOException {
    Cli result = evaluate(weights, "--real", real, "--json", "--head", "joint");
    return result.json().get("joint").get("loss").asDouble();
  }

  @Test
  void realsLabelsThatDoNotFitAreBadData() throws IOException {
    Cli unnamed = evaluate(weights(), "--real", real("[[0]]"));
    assertThat(unnamed.code()).isEqualTo(65);
    assertThat(unnamed.err()).contains("ILSVRC2012_val_00000001.JPEG");
    validationImages();
    Cli tooShort = evaluate(weights(), "--real", real("[[0], [0], [1], [1], [2]]"));
    assertThat(tooShort.code()).isEqualTo(65);
    assertThat(tooShort.err()).contains("ILSVRC2012_val_00000006", "images 1 to 5");
  }

  private static List<String> numbers(String format, int from, int to) {
    return IntStream.range(from, to).mapToObj(format::formatted).toList();
  }

  @Test
  void otherClassesAreListed() throws IOException {
    Path weights = TinyModel.save(dir.resolve("w"), List.of("bee", "cow", "dog", "eel"));
    Cli result = evaluate(weights);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains("label 1: expected \"cow\", found \"cat\"")
        .contains("label 3: expected \"eel\", found none")
        .doesNotContain("label 0", "label 2");
  }

  @Test
  void anUnreadableImageIsNamedAndCounted() throws IOException {
    Path bad = Files.writeString(data.resolve("cat/bad.png"), "no image");
    Cli refused = evaluate(weights());
    assertThat(refused.code()).isEqualTo(65);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err()).contains("left out " + bad, "more than 0 images", "--max-bad");
    Cli allowed = evaluate(weights(), "--max-bad", 1);
    assertThat(allowed.code()).isZero();
    assertThat(allowed.err()).contains("left out " + bad);
    assertThat(allowed.out()).contains("on 6 images of");
  }

  @Test
  void weightsThatDoNotFitListEveryDifference() throws IOException {
    Path weights = TinyModel.saveClaiming(dir.resolve("w"), CLASSES, "model.depth", "2");
    Cli result = evaluate(weights);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err())
        .contains("found 12 differences")
        .contains("missing: \"blocks.1.norm1.weight\" [16]")
        .contains("missing: \"blocks.1.mlp.fc2.bias\" [16]");
  }

  @Test
  void weightsThatAreMissingOrCutOffAreBadData() throws IOException {
    Cli missing = evaluate(dir.resolve("none"));
    assertThat(missing.code()).isEqualTo(65);
    assertThat(missing.err()).contains(dir.resolve("none") + ": expected a file, found none");
    byte[] whole = Files.readAllBytes(weights());
    Path cut = Files.write(dir.resolve("cut"), Arrays.copyOf(whole, whole.length - 1));
    Cli result = evaluate(cut);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains(cut.toString());
  }

  @Test
  void weightsThatAreNotFiniteGiveNoScore() throws IOException {
    Path weights = TinyModel.saveWith(dir.resolve("w"), CLASSES, "head.bias", Float.NaN);
    Cli result = evaluate(weights, "--json");
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("finite numbers", "head class");
  }

  @Test
  void dataThatAreMissingAreBadData() throws IOException {
    data = dir.resolve("none");
    Cli result = evaluate(weights());
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains(data + ": expected a folder");
  }

  @Test
  void contradictionsAreUsageErrors() throws IOException {
    Path plain = TinyModel.save(dir.resolve("plain"), CLASSES, false);
    assertThat(evaluate(plain, "--json").json().keys()).containsExactly("class");
    assertUsage(evaluate(plain, "--head", "mean"), "no distillation token, found mean");
    assertUsage(evaluate(plain, "--head", "tail"), "head 'tail' is not known");
    assertUsage(evaluate(plain, "--batch", 0), "--batch: expected 1 or more, found 0");
    assertUsage(evaluate(plain, "--max-bad", -1), "--max-bad: expected 0 or more, found -1");
    assertUsage(evaluate(plain, "--threads", -1), "--threads: expected 0 (all) or more, found -1");
    assertUsage(
        evaluate(plain, "--backend", "abacus"), "auto, cpu, openblas or cuda[:n], found abacus");
  }

  private static void assertUsage(Cli result, String message) {
    assertThat(result.code()).as(message).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(message, "try: deit evaluate --help");
  }
}
