package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.deit4j.data.decode.ImageBombs;
import io.github.deit4j.data.set.FashionMnist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of somebody who means harm, from the command line: bad data, at once. */
class HostileInputTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final List<String> CLASSES = List.of("bee", "cat", "dog");

  @TempDir Path dir;
  private Path weights;
  private Path image;

  @BeforeEach
  void makeModelAndImage() throws IOException {
    weights = TinyModel.save(dir.resolve("model.safetensors"), CLASSES);
    image = TinyModel.png(dir.resolve("image.png"), 9, 7, 1);
  }

  private static Cli refused(Object... command) {
    Cli result = assertTimeoutPreemptively(SOON, () -> Cli.run(command));
    assertThat(result.code()).as(result.err()).isEqualTo(65);
    assertThat(result.err()).doesNotContain("Exception", "\tat ");
    return result;
  }

  /** Returns something that is no regular file. */
  private Path make(String kind) throws Exception {
    switch (kind) {
      case "folder" -> {
        return Files.createDirectory(dir.resolve("folder"));
      }
      case "pipe" -> {
        Path pipe = dir.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        return pipe;
      }
      default -> {
        return Path.of("/dev/zero");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pipe", "device"})
  void imagesAreRegularFiles(String kind) throws Exception {
    Path bad = make(kind);
    Cli result = refused("predict", "--weights", weights, "--json", bad, image);
    assertThat(result.err()).contains(bad + ": expected a regular file, found a ");
    assertThat(result.json().get("images").items().getLast().has("predictions")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"folder", "pipe", "device"})
  void attentionIsOfARegularFile(String kind) throws Exception {
    refused("attention", "--weights", weights, "--out", dir.resolve("out"), make(kind));
  }

  @ParameterizedTest
  @ValueSource(strings = {"folder", "pipe", "device"})
  void weightsAreRegularFiles(String kind) throws Exception {
    Path bad = make(kind);
    assertThat(refused("predict", "--weights", bad, image).err()).contains(bad.toString());
    assertThat(
            refused("export", "--weights", bad, "--format", "onnx", "--out", dir.resolve("o"))
                .err())
        .contains(bad.toString());
    if (!kind.equals("folder")) {
      assertThat(refused("inspect", bad).err()).contains(bad.toString());
    }
  }

  /** In a folder as the Hugging Face hub has them. */
  @ParameterizedTest
  @ValueSource(strings = {"config.json", "preprocessor_config.json", "model.safetensors"})
  void filesOfAModelsFolderAreRegularFiles(String name) throws Exception {
    Path folder = dir.resolve("hub");
    Cli exported =
        Cli.run("export", "--weights", weights, "--format", "huggingface", "--out", folder);
    assertThat(exported.code()).as(exported.err()).isZero();
    Files.delete(folder.resolve(name));
    Files.move(make("pipe"), folder.resolve(name));
    Cli result =
        assertTimeoutPreemptively(SOON, () -> Cli.run("predict", "--weights", folder, image));
    assertThat(result.code()).isIn(0, 65);
  }

  @ParameterizedTest
  @ValueSource(strings = {"folder", "pipe", "device"})
  void listsOfImagesAreRegularFiles(String kind) throws Exception {
    Path real = make(kind);
    Path data = TinyModel.folders(dir.resolve("data/val"), CLASSES, 1).getParent();
    assertThat(refused("evaluate", "--weights", weights, "--data", data, "--real", real).err())
        .contains(real.toString());
  }

  /** Images of a data set are counted as unreadable ones. */
  @ParameterizedTest
  @ValueSource(strings = {"pipe", "device"})
  void imagesOfADataSetAreRegularFiles(String kind) throws Exception {
    Path data = TinyModel.folders(dir.resolve("data/val"), CLASSES, 2).getParent();
    Path hidden = make(kind);
    Path link = data.resolve("val/cat/0.png");
    Files.delete(link);
    Files.createSymbolicLink(link, hidden);
    Cli result =
        assertTimeoutPreemptively(
            SOON, () -> Cli.run("evaluate", "--weights", weights, "--data", data, "--json"));
    assertThat(result.code()).as(result.err()).isIn(0, 65);
  }

  @ParameterizedTest
  @CsvSource({
    "preprocessing.size, 2000000000",
    "preprocessing.size, 0",
    "preprocessing.size, -8",
    "preprocessing.crop-ratio, 0.0001",
    "preprocessing.crop-ratio, 1e-300",
    "model.image-size, 2147483640",
    "model.image-size, 8192",
    "model.patch-size, 2147483647",
    "model.depth, 2147483647",
    "model.width, 2147483647",
    "model.mlp-width, 2147483647",
    "model.heads, 2147483647",
    "model.classes, 2147483647",
    "model.channels, 2147483647"
  })
  void sizesInWeightFiles(String key, String value) throws IOException {
    Path claims =
        TinyModel.saveClaiming(
            dir.resolve("claims.safetensors"), FashionMnist.CLASS_NAMES, key, value);
    assertThat(refused("predict", "--weights", claims, image).err()).contains(claims.toString());
    refused("export", "--weights", claims, "--format", "onnx", "--out", dir.resolve("out.onnx"));
  }

  @Test
  void imagesOfExtremeShape() throws IOException {
    Path thin = Files.write(dir.resolve("thin.png"), ImageBombs.blackPng(1, 1_000_000, 8));
    Cli result = refused("predict", "--weights", weights, "--json", thin, image);
    assertThat(result.err())
        .contains(thin + ": expected at most 65536 rows or columns, found 1000000");
    assertThat(result.json().get("images").items().getLast().has("predictions")).isTrue();
    refused("attention", "--weights", weights, "--out", dir.resolve("out"), thin);
  }

  /** What is refused must not depend on the heap: what it has no room for is no bad image. */
  @Test
  void aLargeImageInASmallHeapIsNotDamaged() throws Exception {
    Path large = Files.write(dir.resolve("large.png"), ImageBombs.noisyPng(8000, 8000, 100));
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx100m",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "predict",
            "--weights",
            weights.toString(),
            large.toString());
    Path err = dir.resolve("err");
    Process child = new ProcessBuilder(command).redirectError(err.toFile()).start();
    child.getInputStream().readAllBytes();
    assertThat(child.waitFor()).as(Files.readString(err)).isEqualTo(69);
    assertThat(err).content().contains("out of memory").doesNotContain("damaged");
  }
}
