package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.JsonValue;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures that lie on their side are turned upright in training, and ever after. */
class ExifOrientationTest {
  private static final String RECIPE =
      """
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
      data: image-folder
      """;

  /** EXIF data that say "the first row is on the right", as a camera held upright writes them. */
  private static final String ON_ITS_SIDE = "MM\0*\0\0\0\b\0\1\1\22\0\3\0\0\0\1\0\6\0\0\0\0\0\0";

  private static final int BEHIND_HEADER = 33;

  @TempDir Path dir;

  @BeforeEach
  void makeImages() throws IOException {
    Files.writeString(dir.resolve("recipe.yaml"), RECIPE);
    for (String image :
        List.of("train/a/0", "train/a/1", "train/b/0", "train/b/1", "val/a/0", "val/b/0")) {
      write(image, image.hashCode());
    }
  }

  /** Writes a picture upright, and the same on its side. */
  private void write(String name, long seed) throws IOException {
    var random = new SplittableRandom(seed);
    var upright = new BufferedImage(12, 20, BufferedImage.TYPE_INT_RGB);
    var side = new BufferedImage(20, 12, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 12; x++) {
        int colour = random.nextInt(1 << 24);
        upright.setRGB(x, y, colour);
        side.setRGB(y, 11 - x, colour);
      }
    }
    Path first = dir.resolve("upright/" + name + ".png");
    Path second = dir.resolve("side/" + name + ".png");
    Files.createDirectories(first.getParent());
    Files.createDirectories(second.getParent());
    ImageIO.write(upright, "png", first.toFile());
    var png = new ByteArrayOutputStream();
    ImageIO.write(side, "png", png);
    Files.write(second, withExif(png.toByteArray()));
  }

  private static byte[] withExif(byte[] png) {
    byte[] chunk = ("eXIf" + ON_ITS_SIDE).getBytes(StandardCharsets.ISO_8859_1);
    var crc = new CRC32();
    crc.update(chunk);
    return ByteBuffer.allocate(png.length + chunk.length + 8)
        .put(png, 0, BEHIND_HEADER)
        .putInt(chunk.length - 4)
        .put(chunk)
        .putInt((int) crc.getValue())
        .put(png, BEHIND_HEADER, png.length - BEHIND_HEADER)
        .array();
  }

  private Path train(String data, boolean heeded) {
    Path run = dir.resolve(data + heeded);
    Cli result =
        Cli.run(
            "train",
            "--recipe",
            dir.resolve("recipe.yaml"),
            "--data",
            dir.resolve(data),
            "--out",
            run,
            "--set",
            "exif-orientation=" + heeded);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(run.resolve("recipe.yaml")).content().contains("exif-orientation: " + heeded);
    return run.resolve("model.safetensors");
  }

  private List<Object> told(Path weights, String data) throws IOException {
    Cli predicted =
        Cli.run("predict", "--weights", weights, "--json", dir.resolve(data + "/val/a/0.png"));
    assertThat(predicted.code()).as(predicted.err()).isZero();
    JsonValue predictions = predicted.json().get("images").items().getFirst().get("predictions");
    Cli evaluated =
        Cli.run("evaluate", "--weights", weights, "--data", dir.resolve(data), "--json");
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
    return List.of(predictions.value(), evaluated.out());
  }

  @Test
  void weightsKeepWhetherPicturesAreTurned() throws IOException {
    Path ignoring = train("upright", false);
    Path heeding = train("side", true);
    List<Object> expected = told(ignoring, "upright");
    assertThat(told(heeding, "side")).isEqualTo(expected);
    assertThat(told(ignoring, "side")).isNotEqualTo(expected);
    assertThat(Cli.run("inspect", heeding, "--json").out()).contains("\"exif-orientation\": true");
    assertThat(Cli.run("inspect", ignoring, "--json").out())
        .contains("\"exif-orientation\": false");
  }

  @Test
  void metadataThatMakeNoSenseAreRefused() throws IOException {
    Path weights =
        TinyModel.saveClaiming(
            dir.resolve("w"), List.of("a", "b"), "preprocessing.exif-orientation", "maybe");
    Cli refused = Cli.run("predict", "--weights", weights, dir.resolve("upright/val/a/0.png"));
    assertThat(refused.code()).isEqualTo(65);
    assertThat(refused.err()).contains("preprocessing.exif-orientation", "maybe");
  }
}
