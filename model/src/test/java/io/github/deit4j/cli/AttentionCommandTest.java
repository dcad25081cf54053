package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttentionCommandTest {
  @TempDir Path dir;
  private Path weights;
  private Path image;
  private Path out;

  @BeforeEach
  void makeModelAndImage() throws IOException {
    weights = TinyModel.save(dir.resolve("model.safetensors"), List.of("bee", "cat"));
    image = TinyModel.png(dir.resolve("images/image.png"), 20, 10, 1);
    out = dir.resolve("maps");
  }

  private Cli attention(Object... more) {
    Object[] args = {"attention", "--weights", weights, "--out", out, image};
    return Cli.run(List.of(List.of(args), List.of(more)).stream().flatMap(List::stream).toArray());
  }

  @Test
  void drawsRolloutAndHeadsOfBothTokens() throws IOException {
    Cli result = attention();
    assertThat(result.code()).as(result.err()).isZero();
    List<String> names =
        List.of(
            "block-1-head-1-class.png",
            "block-1-head-1-distillation.png",
            "rollout-class.png",
            "rollout-distillation.png");
    assertThat(out).isDirectoryContaining(file -> names.contains(file.getFileName().toString()));
    for (String name : names) {
      BufferedImage map = ImageIO.read(out.resolve(name).toFile());
      assertThat(List.of(map.getWidth(), map.getHeight()))
          .isEqualTo(List.of(TinyModel.SIZE, TinyModel.SIZE));
    }
  }

  @Test
  void blocksThatAreNotThereAreRefused() {
    Cli result = attention("--block", 2);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("--block: expected 1 to 1, found 2");
    assertThat(out).doesNotExist();
  }

  @Test
  void badImagesLeaveNoFolder() throws IOException {
    Files.writeString(image, "no image");
    Cli result = attention();
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains(image.toString());
    assertThat(out).doesNotExist();
  }

  @Test
  void foldersInUseAreLeftAlone() throws IOException {
    Path mine = Files.writeString(Files.createDirectories(out).resolve("mine.png"), "mine");
    Cli result = attention();
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("expected a new or empty folder, found " + mine);
  }
}
