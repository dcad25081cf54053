package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackCommandTest {
  @TempDir Path dir;
  private Path images;
  private Path packs;

  @BeforeEach
  void makeImages() throws IOException {
    images = dir.resolve("images");
    packs = dir.resolve("packs");
    for (String split : new String[] {"train", "val"}) {
      for (int i = 0; i < 6; i++) {
        Path file = images.resolve(split + "/" + (i % 2 == 0 ? "cat" : "dog") + "/" + i + ".png");
        Files.createDirectories(file.getParent());
        var picture = new BufferedImage(20 + i, 18, BufferedImage.TYPE_3BYTE_BGR);
        picture.setRGB(i, i, 0xFFAA00 + i);
        ImageIO.write(picture, "png", file.toFile());
      }
    }
  }

  private Cli pack() {
    return Cli.run("pack", "--data", images.toString(), "--out", packs.toString());
  }

  @Test
  void trainsOnPacksAsOnTheFolder() throws IOException {
    Cli packed = pack();
    assertThat(packed.code()).as(packed.err()).isZero();
    assertThat(packed.err()).contains("train.pack: 6 images of 2 classes, written");
    Path recipe =
        Files.writeString(
            dir.resolve("recipe.yaml"),
            """
            data: image-folder
            model: custom
            image-size: 8
            patch-size: 4
            channels: 3
            width: 8
            depth: 1
            heads: 1
            mlp-ratio: 1
            distilled: false
            epochs: 1
            batch: 2
            """);
    byte[] fromFolder = train(recipe, images, "a");
    assertThat(train(recipe, packs, "b")).isEqualTo(fromFolder);
    Cli evaluated =
        Cli.run(
            "evaluate",
            "--weights",
            dir.resolve("a/model.safetensors").toString(),
            "--data",
            packs.toString(),
            "--json");
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
  }

  private byte[] train(Path recipe, Path data, String out) throws IOException {
    Path folder = dir.resolve(out);
    Cli result =
        Cli.run(
            "train",
            "--recipe",
            recipe.toString(),
            "--data",
            data.toString(),
            "--out",
            folder.toString());
    assertThat(result.code()).as(result.err()).isZero();
    return Files.readAllBytes(folder.resolve("model.safetensors"));
  }

  @Test
  void keepsPacksOfTheSameImagesAndRefusesOthers() throws IOException {
    assertThat(pack().code()).isZero();
    Files.delete(packs.resolve("val.pack"));
    Cli again = pack();
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.err())
        .contains("train.pack: 6 images of 2 classes, kept")
        .contains("val.pack: 6 images of 2 classes, written");
    byte[] before = Files.readAllBytes(packs.resolve("train.pack"));
    Files.delete(images.resolve("train/cat/0.png"));
    Cli refused = pack();
    assertThat(refused.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(refused.err()).contains("another pack; remove it first");
    assertThat(packs.resolve("train.pack")).hasBinaryContent(before);
  }

  @Test
  void packsAFolderWithoutSplits() {
    images = images.resolve("val");
    Cli result = pack();
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(packs.resolve("images.pack")).isRegularFile();
  }

  @Test
  void resizesToPixels() {
    Cli result =
        Cli.run("pack", "--data", images, "--out", packs, "--resize", "9", "--threads", "1");
    assertThat(result.code()).as(result.err()).isZero();
    // 18 rows of 20 to 25 columns.
    assertThat(packs.resolve("train.pack")).isRegularFile();
    Cli other = Cli.run("pack", "--data", images, "--out", packs, "--resize", "10");
    assertThat(other.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(other.err()).contains("another pack; remove it first");
  }

  @Test
  void refusesSizesAndFiltersThatItDoesNotHave() {
    String[][] wrong = {
      {"--resize", "0"},
      {"--resize", "100000"},
      {"--resize", "9", "--interpolation", "nearest"},
      {"--resize", "9", "--threads", "-1"},
      {"--exif-orientation"}
    };
    for (String[] options : wrong) {
      List<Object> command = new ArrayList<>(List.of("pack", "--data", images, "--out", packs));
      command.addAll(List.of(options));
      Cli result = Cli.run(command.toArray());
      assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.USAGE);
      assertThat(result.err()).contains(options[options.length > 2 ? 2 : 0], "expected", "found");
    }
    assertThat(packs).doesNotExist();
  }
}
