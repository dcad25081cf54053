package io.github.deit4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.weights.Sha256;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training on packed pixels, which the backend cuts and mirrors, gives the weights of training on
 * the files, which the host decodes, resizes, cuts and mirrors. Here on the CPU.
 */
class PackedPixelsTrainingTest {
  private static final int IMAGES = 50;

  /** Of a run of two epochs. */
  static final int STEPS = 2 * (IMAGES / 16);

  /** Images are resized to 18 pixels, as 0.875 of them are 16. */
  private static final String RECIPE =
      """
      name: packed
      data: image-folder
      model: custom
      image-size: 16
      patch-size: 8
      channels: 3
      width: 16
      depth: 1
      heads: 2
      mlp-ratio: 2
      distilled: false
      drop-path: 0.1
      epochs: 2
      batch: 16
      grain: 8
      ema-decay: 0.9
      train-crop: random
      crop-padding: 2
      erase: 0.25
      mixup: 0.8
      cutmix: 1
      mixup-group: 8
      repeated-aug: 3
      """;

  @TempDir Path folder;

  String backend() {
    return "cpu";
  }

  @BeforeEach
  void packImages() throws IOException {
    var random = new SplittableRandom(17);
    for (int i = 0; i < IMAGES; i++) {
      Path file = file("data", i);
      Files.createDirectories(file.getParent());
      var picture =
          new BufferedImage(
              random.nextInt(10, 60), random.nextInt(10, 60), BufferedImage.TYPE_3BYTE_BGR);
      for (int pixel = 0; pixel < picture.getWidth() * picture.getHeight(); pixel++) {
        int x = pixel % picture.getWidth();
        int y = pixel / picture.getWidth();
        picture.setRGB(x, y, x * y * i ^ random.nextInt(1 << 20));
      }
      assertThat(ImageIO.write(picture, "jpeg", file.toFile())).isTrue();
    }
    Files.writeString(folder.resolve("recipe.yaml"), RECIPE);
    Cli packed =
        Cli.run(
            "pack",
            "--data",
            folder.resolve("data"),
            "--out",
            packs(),
            "--resize",
            "18",
            "--threads",
            "2");
    assertThat(packed.code()).as(packed.err()).isZero();
  }

  private Path packs() {
    return folder.resolve("packs");
  }

  private Path file(String data, int image) {
    return folder.resolve("%s/class%d/%03d.jpg".formatted(data, image % 5, image));
  }

  private Cli run(String data, String run, String... options) {
    List<Object> command = new ArrayList<>(List.of("train", "--backend", backend()));
    command.addAll(List.of("--recipe", folder.resolve("recipe.yaml")));
    command.addAll(List.of("--data", folder.resolve(data), "--out", folder.resolve(run)));
    command.addAll(List.of("--threads", "2"));
    command.addAll(List.of(options));
    return Cli.run(command.toArray());
  }

  String train(String data, String run, String... options) throws IOException {
    Cli result = run(data, run, options);
    assertThat(result.code()).as(result.err()).isZero();
    return Sha256.of(folder.resolve(run).resolve("model.safetensors"))
        + Sha256.of(folder.resolve(run).resolve("model-ema.safetensors"));
  }

  @Test
  void givesTheWeightsOfTheFiles() throws IOException {
    assertThat(train("packs", "packed")).isEqualTo(train("data", "from files"));
    assertThat(train("packs", "center", "--set", "train-crop=center"))
        .isEqualTo(train("data", "center of files", "--set", "train-crop=center"));
  }

  @Test
  void saysWhereImagesAreResizedEachTime() {
    String note = "not all with the shorter side of 17 pixels";
    String[] other = {"--set", "crop-ratio=0.94", "--max-steps", "1"};
    assertThat(run("packs", "other", other).err()).contains(note);
    assertThat(run("data", "files", other).err()).doesNotContain(note);
    assertThat(run("packs", "same", "--max-steps", "1").err()).doesNotContain("shorter side");
    assertThat(run("packs", "part", "--set", "train-crop=random-resized", "--max-steps", "1").err())
        .doesNotContain("shorter side");
  }

  @Test
  void aRunThatIsResumedEndsWithTheSameWeights() throws IOException {
    train("packs", "resumed", "--max-steps", Integer.toString(STEPS / 2 + 1));
    assertThat(train("packs", "resumed", "--resume")).isEqualTo(train("packs", "at once"));
  }

  @Test
  void microBatchesAreThoseOfTheFiles() throws IOException {
    String[] split = {"--set", "batch=4", "--set", "accumulate=4"};
    assertThat(train("packs", "packed", split)).isEqualTo(train("data", "from files", split));
  }

  /** Damaged in the pack as in its file: another image has its place, and it counts. */
  @Test
  void aDamagedImageIsReplacedAsThatOfADamagedFile() throws IOException {
    int image = 7;
    String name = "class2/007.jpg";
    try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
      for (Path from : files.toList()) {
        Path to = folder.resolve("torn").resolve(folder.resolve("data").relativize(from));
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.writeString(file("torn", image), "torn");
    Path pack = packs().resolve("images.pack");
    byte[] bytes = Files.readAllBytes(pack);
    damage(bytes, image);
    Files.write(pack, bytes);
    Cli refused = run("packs", "refused");
    assertThat(refused.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(refused.err()).contains(name + ": damaged: not what was packed", "--max-bad");
    assertThat(train("packs", "packed", "--max-bad", "1"))
        .isEqualTo(train("torn", "from files", "--max-bad", "1"));
  }

  /** Changes a byte in the middle of an image, of which the index tells where it lies. */
  private static void damage(byte[] pack, int image) {
    ByteBuffer index = ByteBuffer.wrap(pack).order(ByteOrder.LITTLE_ENDIAN);
    int names = 0;
    for (int i = 0; i < index.getInt(32); i++) {
      int entry = 64 + 32 * i;
      int end = index.getInt(entry + 20);
      String text = new String(pack, namesAt(index) + names, end - names, UTF_8);
      names = end;
      if (text.endsWith("%03d.jpg".formatted(image))) {
        pack[Math.toIntExact(index.getLong(entry)) + index.getInt(entry + 8) / 2] ^= 1;
      }
    }
  }

  private static int namesAt(ByteBuffer index) {
    return 64 + 32 * index.getInt(32) + 4 * index.getInt(36) + index.getInt(40);
  }
}
