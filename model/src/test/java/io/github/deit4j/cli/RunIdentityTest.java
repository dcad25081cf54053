package io.github.deit4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.Sha256;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run goes on with what it began with, or not at all. */
class RunIdentityTest {
  private static final String RECIPE =
      """
      name: birds
      model: custom
      image-size: 8
      patch-size: 4
      channels: 3
      width: 8
      depth: 1
      heads: 1
      mlp-ratio: 1
      distilled: true
      epochs: 3
      batch: 2
      checkpoint-every: 1
      data: image-folder
      """;

  private static final int STEPS_PER_EPOCH = 4;

  private static String whole;

  @TempDir Path dir;
  private Path data;

  /** Eight training images of two classes, all files of one size, and two for evaluation. */
  @BeforeEach
  void makeImages() throws IOException {
    data = dir.resolve("data");
    for (int i = 0; i < 10; i++) {
      Path file = data.resolve(i < 8 ? "train" : "val").resolve("bird " + i % 2 + "/" + i + ".bmp");
      Files.createDirectories(file.getParent());
      var picture = new BufferedImage(10, 9, BufferedImage.TYPE_3BYTE_BGR);
      for (int x = 0; x < 10; x++) {
        picture.setRGB(x, i % 9, 0x123456 * (i + x + 1) & 0xFFFFFF);
      }
      ImageIO.write(picture, "bmp", file.toFile());
    }
    Files.writeString(dir.resolve("recipe.yaml"), RECIPE);
  }

  private Cli train(String out, Object... options) {
    List<Object> command = new ArrayList<>();
    command.addAll(List.of("train", "--backend", "cpu", "--recipe", dir.resolve("recipe.yaml")));
    command.addAll(List.of("--data", data, "--out", dir.resolve(out)));
    command.addAll(List.of(options));
    return Cli.run(command.toArray());
  }

  private String trained(String out, Object... options) throws IOException {
    Cli result = train(out, options);
    assertThat(result.code()).as(result.err()).isZero();
    return Sha256.of(dir.resolve(out).resolve("model.safetensors"));
  }

  /** The weights of the undisturbed run, which depend on nothing that a test changes. */
  private String whole() throws IOException {
    if (whole == null) {
      whole = trained("whole");
    }
    return whole;
  }

  private void assertRefused(Cli result, String... messages) {
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(result.err()).contains(messages).doesNotContain("\tat ");
  }

  @Test
  void aClassFolderOfAnotherName() throws IOException {
    trained("run", "--max-steps", 5);
    for (String split : List.of("train", "val")) {
      Files.move(data.resolve(split).resolve("bird 0"), data.resolve(split).resolve("zebra"));
    }
    assertRefused(train("run", "--resume"), "class-names: ", "training-data: ", "test-data: ");
  }

  @Test
  void anImageMoreInTheTestData() throws IOException {
    trained("run", "--max-steps", 5);
    Path image = data.resolve("val/bird 1/9.bmp");
    Files.copy(image, image.resolveSibling("10.bmp"));
    assertRefused(train("run", "--resume"), "test-data: ");
    Files.delete(image.resolveSibling("10.bmp"));
    assertThat(trained("run", "--resume")).isEqualTo(whole());
  }

  @Test
  void imagesOfAnotherSize() throws IOException {
    trained("run", "--max-steps", 5);
    ImageIO.write(
        new BufferedImage(11, 9, BufferedImage.TYPE_3BYTE_BGR),
        "bmp",
        data.resolve("train/bird 0/0.bmp").toFile());
    assertRefused(train("run", "--resume"), "training-data: ");
  }

  @Test
  void imagesExchanged() throws IOException {
    trained("run", "--max-steps", STEPS_PER_EPOCH + 1);
    Path first = data.resolve("train/bird 0/0.bmp");
    Path second = data.resolve("train/bird 1/1.bmp");
    byte[] of = Files.readAllBytes(first);
    Files.copy(second, first, REPLACE_EXISTING);
    Files.write(second, of);
    assertRefused(
        train("run", "--resume"), ".bmp: expected the content that this run decoded before");
    Files.copy(first, second, REPLACE_EXISTING);
    Files.write(first, of);
  }

  @Test
  void imagesExchangedWhileTheRunGoesOn() throws IOException {
    // The epoch's end, where the evaluation is, is a moment in which nobody reads training images.
    Path first = data.resolve("train/bird 0/0.bmp");
    byte[] other = Files.readAllBytes(data.resolve("train/bird 0/2.bmp"));
    trained("run", "--max-steps", STEPS_PER_EPOCH);
    byte[] before = Files.readAllBytes(first);
    Files.write(first, other);
    assertRefused(train("run", "--resume"), first + ": expected the content");
    Files.write(first, before);
    assertThat(trained("run", "--resume")).isEqualTo(whole());
  }

  @Test
  void theSameImagesInAPackGoOn() throws IOException {
    trained("run", "--max-steps", 5);
    Cli packed = Cli.run("pack", "--data", data, "--out", dir.resolve("packs"));
    assertThat(packed.code()).as(packed.err()).isZero();
    Path folder = data;
    data = dir.resolve("packs");
    String resumed = trained("run", "--resume");
    data = folder;
    assertThat(resumed).isEqualTo(whole());
  }

  @Test
  void aDataFolderThatWasMovedGoesOn() throws IOException {
    trained("run", "--max-steps", 5);
    data = Files.move(data, dir.resolve("moved"));
    assertThat(trained("run", "--resume")).isEqualTo(whole());
  }

  @Test
  void aCheckpointOfAnotherSeed() throws IOException {
    trained("run", "--max-steps", 5);
    trained("other", "--max-steps", 6, "--seed", 3);
    copy(dir.resolve("other/checkpoints/step-6"), dir.resolve("run/checkpoints/step-6"));
    assertRefused(
        train("run", "--resume"), "step-6: expected a checkpoint of this run's", "recipe: ");
  }

  @Test
  void aCheckpointOfOtherData() throws IOException {
    trained("run", "--max-steps", 5);
    Files.move(data.resolve("train/bird 0/0.bmp"), data.resolve("train/bird 0/zero.bmp"));
    trained("other", "--max-steps", 6);
    Files.move(data.resolve("train/bird 0/zero.bmp"), data.resolve("train/bird 0/0.bmp"));
    copy(dir.resolve("other/checkpoints/step-6"), dir.resolve("run/checkpoints/step-6"));
    assertRefused(train("run", "--resume"), "training-data: ");
  }

  @Test
  void aTeachersFolderWithAnotherMean() throws IOException {
    trained("teacher", "--set", "distilled=false");
    Path weights = dir.resolve("teacher/model.safetensors");
    Path folder = dir.resolve("hf");
    Cli exported =
        Cli.run("export", "--weights", weights, "--format", "huggingface", "--out", folder);
    assertThat(exported.code()).as(exported.err()).isZero();
    Object[] options = {"--teacher", folder, "--set", "distillation=hard"};
    trained("run", with(options, "--max-steps", 5));
    Path settings = folder.resolve("preprocessor_config.json");
    String before = Files.readString(settings);
    Files.writeString(
        settings, before.replaceFirst("(\"image_mean\"\\s*:\\s*\\[\\s*)[0-9.]+", "$10.25"));
    assertThat(settings).content().isNotEqualTo(before);
    assertRefused(train("run", with(options, "--resume")), "teacher-settings: ");
    Files.writeString(settings, before);
    trained("run", with(options, "--resume"));
  }

  @Test
  void otherSettingsAndDataAreAMatterOfSettings() throws IOException {
    trained("run", "--max-steps", 5);
    Files.delete(data.resolve("val/bird 1/9.bmp"));
    Files.copy(data.resolve("val/bird 0/8.bmp"), data.resolve("val/bird 1/10.bmp"));
    Cli result = train("run", "--resume", "--seed", 3);
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("seed: 0 -> 3", "test-data: ");
  }

  /** As version 0.1 of October 2026 wrote them. */
  @Test
  void aRunThatDoesNotTellItsIdentityGoesOn() throws IOException {
    trained("run", "--max-steps", 5);
    Path environment = dir.resolve("run/environment.json");
    Files.writeString(
        environment,
        Files.readString(environment)
            .replaceAll("\\s*\"(class-names|training-data|test-data)\" *: *\"[^\"]*\",?", ""));
    Path state = dir.resolve("run/checkpoints/step-5/state.json");
    JsonValue json = Json.read(state);
    Map<String, Object> tree = new LinkedHashMap<>();
    for (String key : json.keys()) {
      tree.put(key, json.get(key).value());
    }
    tree.remove("identity");
    tree.remove("sha256");
    tree.put("sha256", Sha256.of(JsonWriter.compact(tree).getBytes(UTF_8)));
    Files.writeString(state, JsonWriter.pretty(tree));
    Cli result = train("run", "--resume");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("resuming from step 5");
    assertThat(Sha256.of(dir.resolve("run/model.safetensors"))).isEqualTo(whole());
  }

  private static Object[] with(Object[] options, Object... more) {
    return Stream.concat(Stream.of(options), Stream.of(more)).toArray();
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
