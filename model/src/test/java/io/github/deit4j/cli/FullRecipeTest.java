package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.weights.Sha256;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The paper's whole recipe, with a tiny model, on a folder of JPEG files of many sizes, some grey,
 * some CMYK: the same weights to the last bit however the run is cut.
 */
class FullRecipeTest {
  private static final int IMAGES = 300;
  private static final int STEPS = 2 * (IMAGES / 32);

  private static final String RECIPE =
      """
      name: full
      data: image-folder
      model: custom
      image-size: 32
      patch-size: 16
      channels: 3
      width: 16
      depth: 2
      heads: 2
      mlp-ratio: 2
      distilled: true
      drop-path: 0.1
      epochs: 2
      batch: 32
      grain: 8
      ema-decay: 0.9
      train-crop: random-resized
      auto-augment: rand-m9-mstd0.5-inc1
      erase: 0.25
      mixup: 0.8
      cutmix: 1
      mixup-group: 8
      repeated-aug: 3
      dropout: 0.1
      """;

  @TempDir static Path folder;

  private static String expected;

  @BeforeAll
  static void trainOnce() throws IOException {
    var random = new SplittableRandom(17);
    for (int i = 0; i < IMAGES; i++) {
      Path file = folder.resolve("data/class%d/%03d.jpg".formatted(i % 5, i));
      Files.createDirectories(file.getParent());
      Files.write(file, jpeg(random, i % 10 == 0 ? 1 : i % 10 == 1 ? 4 : 3));
    }
    Files.writeString(folder.resolve("recipe.yaml"), RECIPE);
    expected = train("expected", "--threads", "1");
  }

  private static byte[] jpeg(SplittableRandom random, int channels) throws IOException {
    int width = random.nextInt(20, 120);
    int height = random.nextInt(20, 120);
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, channels, null);
    double[] waves = random.doubles(2L * channels, 0.01, 0.3).toArray();
    for (int i = 0; i < width * height * channels; i++) {
      int channel = i % channels;
      int x = i / channels % width;
      int y = i / channels / width;
      double wave = Math.sin(x * waves[channel]) + Math.sin(y * waves[channels + channel]);
      raster.setSample(x, y, channel, (int) (127.5 + 63 * wave));
    }
    return channels == 4 ? rawJpeg(raster) : encoded(raster, channels);
  }

  private static byte[] encoded(WritableRaster raster, int channels) throws IOException {
    int type = channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
    var picture = new BufferedImage(raster.getWidth(), raster.getHeight(), type);
    picture.setData(raster);
    var out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(picture, "jpeg", out)).isTrue();
    return out.toByteArray();
  }

  /** Four components as they are: CMYK. */
  private static byte[] rawJpeg(Raster raster) throws IOException {
    var out = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(new IIOImage(raster, null, null));
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  private static String train(String run, String... options) throws IOException {
    return trainOn(folder.resolve("data"), run, options);
  }

  private static String trainOn(Path data, String run, String... options) throws IOException {
    List<Object> command = new ArrayList<>(List.of("train", "--backend", "cpu"));
    command.addAll(List.of("--recipe", folder.resolve("recipe.yaml"), "--data", data));
    command.addAll(List.of("--out", folder.resolve(run)));
    command.addAll(List.of(options));
    Cli result = Cli.run(command.toArray());
    assertThat(result.code()).as(result.err()).isZero();
    return Sha256.of(folder.resolve(run).resolve("model.safetensors"))
        + Sha256.of(folder.resolve(run).resolve("model-ema.safetensors"));
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "1, 4", "2, 16", "2, 32"})
  void neitherThreadsNorTheSplitOfTheBatchChangeTheWeights(String threads, int split)
      throws IOException {
    String weights =
        train(
            "%s %d".formatted(threads, split),
            "--threads",
            threads,
            "--set",
            "batch=" + 32 / split,
            "--set",
            "accumulate=" + split);
    assertThat(weights).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, STEPS / 2, STEPS / 2 + 3, STEPS - 1})
  void aRunThatIsResumedEndsWithTheSameWeights(int steps) throws IOException {
    String run = "resumed " + steps;
    train(run, "--threads", "2", "--max-steps", Integer.toString(steps));
    assertThat(train(run, "--threads", "1", "--resume")).isEqualTo(expected);
  }

  @Test
  void activationsMayBeComputedAgain() throws IOException {
    assertThat(train("checkpointing", "--set", "activation-checkpointing=true"))
        .isEqualTo(expected);
  }

  @Test
  void packedImagesGiveTheSameWeights() throws IOException {
    Path packs = folder.resolve("packs");
    Cli packed = Cli.run("pack", "--data", folder.resolve("data"), "--out", packs);
    assertThat(packed.code()).as(packed.err()).isZero();
    assertThat(trainOn(packs, "packed")).isEqualTo(expected);
  }

  /** Shows that what these tests keep constant is at work. */
  @ParameterizedTest
  @CsvSource({
    "train-crop, center",
    "crop-min-area, 0.5",
    "train-interpolation, bilinear",
    "auto-augment, none",
    "auto-augment, original",
    "auto-augment, 3a",
    "erase, 0",
    "erase-mode, const",
    "erase-mode, rand",
    "erase-count, 3",
    "mixup, 0",
    "cutmix, 0",
    "cutmix-max, 0.5",
    "mixup-group, 0",
    "mixup-group, 16",
    "mixup-prob, 0.5",
    "mixup-switch-prob, 0.1",
    "mixup-mode, pair",
    "mixup-mode, elem",
    "repeated-aug, 1",
    "dropout, 0",
    "flip, 0",
    "drop-path, 0"
  })
  void everyPartCanBeSwitchedOffOrChanged(String key, String value) throws IOException {
    String weights = train(key + value, "--set", key + "=" + value);
    assertThat(weights).isNotEqualTo(expected);
  }

  /** DeiT III's: LAMB, binary cross entropy, 3-Augment with colour jitter. */
  @Test
  void deit3sRecipeGivesTheSameWeightsForAnySplit() throws IOException {
    String[] sets = {
      "model=custom-deit3",
      "distilled=false",
      "optimizer=lamb",
      "bce-loss=true",
      "smoothing=0",
      "auto-augment=3a",
      "color-jitter=0.3"
    };
    List<String> options = new ArrayList<>();
    for (String set : sets) {
      options.addAll(List.of("--set", set));
    }
    String whole = train("deit3", options.toArray(String[]::new));
    options.addAll(List.of("--set", "batch=4", "--set", "accumulate=8", "--threads", "1"));
    assertThat(train("deit3 split", options.toArray(String[]::new))).isEqualTo(whole);
    options.set(options.indexOf("bce-loss=true"), "bce-loss=false");
    assertThat(train("deit3 cross entropy", options.toArray(String[]::new))).isNotEqualTo(whole);
  }

  /** Of mixed images, in the binary cross entropy. */
  @Test
  void classWeightsGiveTheSameWeightsForAnySplit() throws IOException {
    List<String> options = new ArrayList<>();
    for (String set : List.of("bce-loss=true", "smoothing=0", "class-weights=[3,1,2,0,0.5]")) {
      options.addAll(List.of("--set", set));
    }
    String whole = train("weighted", options.toArray(String[]::new));
    options.addAll(List.of("--set", "batch=4", "--set", "accumulate=8", "--threads", "1"));
    assertThat(train("weighted split", options.toArray(String[]::new))).isEqualTo(whole);
  }

  @Test
  void colorJitterTakesThePlaceOfAutoAugment() throws IOException {
    String without = train("none", "--set", "auto-augment=none");
    String jittered = train("jitter", "--set", "auto-augment=none", "--set", "color-jitter=0.3");
    assertThat(jittered).isNotEqualTo(without);
    Cli both =
        Cli.run(
            "train",
            "--recipe",
            folder.resolve("recipe.yaml"),
            "--set",
            "color-jitter=0.3",
            "--data",
            folder.resolve("data"),
            "--out",
            folder.resolve("both"));
    assertThat(both.code()).isEqualTo(ExitCode.USAGE);
    assertThat(both.err()).contains("color-jitter: expected 0 with auto-augment");
  }
}
