package io.github.deit4j.bench.jmh;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageDecoder;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.RandAugment;
import io.github.deit4j.data.transform.RandomResizedCrop;
import io.github.deit4j.data.transform.Transform;
import io.github.deit4j.random.Philox;
import io.github.deit4j.train.Recipe;
import io.github.deit4j.train.RecipeData;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The way of a training image to 224×224 pixels, one thread, on a JPEG file of 500×375 pixels and
 * about 110 KB, as ImageNet's are. The score is images per second.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class DataBenchmark {
  private static final int HEIGHT = 375;
  private static final int WIDTH = 500;
  private static final int SIZE = 224;

  private byte[] file;
  private Image decoded;
  private Image cropped;
  private Transform crop;
  private Transform randAugment;
  private Transform all;
  private int position;

  /** Makes the file and the paper's transforms. */
  @Setup
  public void prepare() throws IOException {
    file = jpeg();
    decoded = decode();
    crop = new RandomResizedCrop(SIZE, 0.08, Interpolation.BICUBIC);
    cropped = randomResizedCrop();
    randAugment = new RandAugment(9, 0.5, 2, Interpolation.BICUBIC);
    all = RecipeData.training(Recipe.load("deit-base", List.of()));
  }

  /** Slow waves with noise on them, which is what makes the file as large. */
  private static byte[] jpeg() throws IOException {
    var random = new SplittableRandom(1);
    var picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int light = (int) (128 + 60 * StrictMath.sin(x * 0.02 + y * 0.05));
        int level = Math.clamp(light + random.nextInt(-25, 26), 0, 255);
        picture.setRGB(x, y, level << 16 | (255 - level) << 8 | (level / 2 + y / 4));
      }
    }
    var out = new ByteArrayOutputStream();
    ImageIO.write(picture, "jpeg", out);
    return out.toByteArray();
  }

  private Philox random() {
    return new Philox(1, 2, 0, position++);
  }

  /** The JPEG file to RGB. */
  @Benchmark
  public Image decode() throws CorruptImageException {
    return ImageDecoder.decode("benchmark", file);
  }

  /** The random resized crop, bicubic. */
  @Benchmark
  public Image randomResizedCrop() {
    return crop.apply(decoded, random());
  }

  /** RandAugment at 224×224. */
  @Benchmark
  public Image randAugment() {
    return randAugment.apply(cropped, random());
  }

  /** Crop, flip, RandAugment: the recipe of {@code deit-base}. */
  @Benchmark
  public Image augment() {
    return all.apply(decoded, random());
  }

  /** All of it. */
  @Benchmark
  public Image decodeAndAugment() throws CorruptImageException {
    return all.apply(decode(), random());
  }
}
