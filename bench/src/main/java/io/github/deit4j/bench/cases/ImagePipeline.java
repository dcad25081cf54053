package io.github.deit4j.bench.cases;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.RandAugment;
import io.github.deit4j.data.transform.RandomResizedCrop;
import io.github.deit4j.random.Philox;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/**
 * The way of a training image to 224×224 pixels, on a JPEG file of 500×375 pixels and about 110 KB,
 * as ImageNet's are. For one thread.
 */
public final class ImagePipeline {
  public static final int HEIGHT = 375;

  public static final int WIDTH = 500;

  private static final int SIZE = 224;

  public enum Step {
    /** The JPEG file to RGB. */
    DECODE,
    /** The random resized crop, bicubic. */
    RANDOM_RESIZED_CROP,
    /** RandAugment at 224×224. */
    RAND_AUGMENT,
    /** All of the recipe of {@code deit-base}. */
    DECODE_AND_AUGMENT;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final byte[] file = jpeg();
  private final Transform crop = new RandomResizedCrop(SIZE, 0.08, Interpolation.BICUBIC);
  private final Transform randAugment = new RandAugment(9, 0.5, 2, Interpolation.BICUBIC);
  private final Transform all = RecipeData.training(Recipe.load("deit-base", List.of()));
  private final Image decoded = decode();
  private final Image cropped = run(Step.RANDOM_RESIZED_CROP);
  private int position;

  /** Does a step, each time with other random numbers. */
  public Image run(Step step) {
    Philox random = new Philox(1, 2, 0, position++);
    return switch (step) {
      case DECODE -> decode();
      case RANDOM_RESIZED_CROP -> crop.apply(decoded, random);
      case RAND_AUGMENT -> randAugment.apply(cropped, random);
      case DECODE_AND_AUGMENT -> all.apply(decode(), random);
    };
  }

  private Image decode() {
    try {
      return ImageDecoder.decode("benchmark", file);
    } catch (CorruptImageException e) {
      throw new IllegalStateException(e); // it was written above
    }
  }

  /** Returns the file: slow waves with noise on them, which is what makes it as large. */
  public static byte[] jpeg() {
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
    try {
      ImageIO.write(picture, "jpeg", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory has no errors
    }
    return out.toByteArray();
  }
}
