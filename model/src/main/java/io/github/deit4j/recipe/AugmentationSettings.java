package io.github.deit4j.recipe;

import static io.github.deit4j.recipe.SettingTable.Range.above;
import static io.github.deit4j.recipe.SettingTable.Range.atLeast;

import io.github.deit4j.data.decode.JpegDecoder;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.op.PixelOps.Erasure;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings that make training harder, a part of the table in {@link Settings}. Each can be
 * switched off, as in the paper's ablation (table 8); all but the flip and the crop are off unless
 * a recipe asks for them.
 */
public final class AugmentationSettings {
  /** How a training image gets the model's size. */
  public enum TrainCrop {
    /** A random part of random size and aspect ratio is resized. */
    RANDOM_RESIZED,
    /** The image is resized as for evaluation and a random square cut out. */
    RANDOM,
    /** As for evaluation. */
    CENTER
  }

  /** What shares one draw of mixup or CutMix. */
  public enum MixupMode {
    /** All images of the effective batch. */
    BATCH,
    /** An image and its partner. */
    PAIR,
    /** Nothing: each image has its own. */
    ELEM
  }

  /** The value of {@link #AUTO_AUGMENT} for no automatic augmentation. */
  static final String NO_AUTO_AUGMENT = "none";

  /** The value of {@link #AUTO_AUGMENT} for AutoAugment's policy for ImageNet. */
  static final String IMAGENET_POLICY = "original";

  /** RandAugment in timm's spelling: magnitude, layers (2 if left out), deviation (0). */
  static final Pattern RAND_AUGMENT =
      Pattern.compile(
          "rand-m(10|[0-9](?:\\.[0-9]+)?)(?:-n([0-9]))?(?:-mstd([0-9]+(?:\\.[0-9]+)?))?-inc1");

  private static final int CROP_ABOVE = 32;
  static final SettingTable TABLE = new SettingTable();

  /** How training images get the model's size. */
  public static final Setting<TrainCrop> TRAIN_CROP =
      TABLE
          .choice(
              "train-crop",
              TrainCrop.class,
              "Training: resize a random part (random-resized), cut a random square of the"
                  + " resized image (random), or its middle (center).")
          .or(
              "random-resized for image-size above 32, else random",
              recipe ->
                  Optional.of(
                      recipe.get(Settings.IMAGE_SIZE) > CROP_ABOVE
                          ? TrainCrop.RANDOM_RESIZED
                          : TrainCrop.RANDOM));

  public static final Setting<Double> CROP_MIN_AREA =
      TABLE.number(
          "crop-min-area",
          0.08,
          above(0).atMost(1),
          "Training: least share of the image's area that random-resized takes.");

  public static final Setting<Interpolation> TRAIN_INTERPOLATION =
      TABLE
          .choice(
              "train-interpolation",
              Interpolation.class,
              "Training: filter of the resize and of turning, shearing and shifting.")
          .or("as interpolation", recipe -> Optional.of(recipe.get(Settings.INTERPOLATION)));

  public static final Setting<String> AUTO_AUGMENT =
      TABLE.pattern(
          "auto-augment",
          NO_AUTO_AUGMENT,
          Pattern.compile(NO_AUTO_AUGMENT + "|" + IMAGENET_POLICY + "|" + RAND_AUGMENT.pattern()),
          "none, original (AutoAugment) or, as in rand-m9-mstd0.5-inc1, rand-m[-n][-mstd]-inc1",
          "Training: RandAugment (paper: rand-m9-mstd0.5-inc1) or AutoAugment.");

  public static final Setting<Double> COLOR_JITTER =
      TABLE
          .number(
              "color-jitter",
              0.0,
              atLeast(0).atMost(10),
              "Training: how far brightness, contrast and saturation go from 1; 0 = off;"
                  + " instead of auto-augment only.")
          .rule(
              recipe -> "0 with auto-augment: " + recipe.get(AUTO_AUGMENT),
              (value, recipe) -> value == 0 || recipe.get(AUTO_AUGMENT).equals(NO_AUTO_AUGMENT));

  public static final Setting<Double> ERASE =
      TABLE.share(
          "erase",
          0.0,
          "Random erasing: how often an image has erased boxes; 0 = off (paper: 0.25).");

  public static final Setting<Erasure.Fill> ERASE_MODE =
      TABLE.choice(
          "erase-mode",
          Erasure.Fill.PIXEL,
          "Random erasing: fill with zero (const), a normal number per channel (rand) or"
              + " per pixel (pixel).");

  public static final Setting<Integer> ERASE_COUNT =
      TABLE.integer("erase-count", 1, 1, 10, "Random erasing: most boxes of an image.");

  public static final Setting<Double> MIXUP =
      TABLE.number(
          "mixup",
          0.0,
          atLeast(0).atMost(100),
          "Mixup: alpha of the share's Beta(alpha, alpha); 0 = off (paper: 0.8).");

  public static final Setting<Double> CUTMIX =
      TABLE.number(
          "cutmix",
          0.0,
          atLeast(0).atMost(100),
          "CutMix: alpha of the share's Beta(alpha, alpha); 0 = off (paper: 1).");

  public static final Setting<Double> CUTMIX_MIN =
      TABLE
          .share(
              "cutmix-min",
              0.0,
              "CutMix: least share of the image's side for the box's, with cutmix-max.")
          .rule(
              recipe -> "at most cutmix-max " + recipe.get(AugmentationSettings.CUTMIX_MAX),
              (value, recipe) -> value <= recipe.get(AugmentationSettings.CUTMIX_MAX));

  public static final Setting<Double> CUTMIX_MAX =
      TABLE.share("cutmix-max", 0.0, "CutMix: largest such share; 0 = boxes by area.");

  public static final Setting<Double> MIXUP_PROB =
      TABLE.share("mixup-prob", 1.0, "How often there is mixup or CutMix where they are on.");

  public static final Setting<Double> MIXUP_SWITCH_PROB =
      TABLE.share("mixup-switch-prob", 0.5, "How often it is CutMix where both are on.");

  public static final Setting<MixupMode> MIXUP_MODE =
      TABLE.choice(
          "mixup-mode",
          MixupMode.BATCH,
          "Draw the mixing for each effective batch, pair of images, or image (elem).");

  public static final Setting<Integer> REPEATED_AUG =
      TABLE.integer(
          "repeated-aug",
          1,
          1,
          100,
          "Repeated augmentation: how many times in a row an image is taken; the epoch"
              + " stays as long; 1 = off (paper: 3).");

  public static final Setting<Double> DROPOUT =
      TABLE.rate(
          "dropout",
          0.0,
          "Rate of dropout behind embedding, attention and both layers of the MLP; 0 = off.");

  public static final Setting<JpegDecoder> JPEG_DECODER =
      TABLE
          .choice(
              "jpeg-decoder",
              JpegDecoder.class,
              "Decoder of JPEG files; another one may give slightly other pixels.")
          .or(
              "turbojpeg where libjpeg-turbo is installed, else imageio",
              recipe -> Optional.of(JpegDecoder.best()));

  public static final Setting<Boolean> REDUCED_DECODE =
      TABLE.flag(
          "reduced-decode",
          false,
          "Training, turbojpeg: decode large images at 1/2, 1/4 or 1/8 of their size where"
              + " the crop allows it; faster, slightly other pixels.");

  private AugmentationSettings() {}

  /** Returns whether images are mixed in pairs. */
  static boolean mixes(Recipe recipe) {
    return recipe.get(MIXUP) > 0 || recipe.get(CUTMIX) > 0;
  }
}
