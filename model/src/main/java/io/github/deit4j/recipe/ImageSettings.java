package io.github.deit4j.recipe;

import static io.github.deit4j.recipe.SettingTable.Range.above;
import static io.github.deit4j.recipe.SettingTable.Range.atLeast;
import static io.github.deit4j.recipe.SettingTable.choice;
import static io.github.deit4j.recipe.SettingTable.flag;
import static io.github.deit4j.recipe.SettingTable.integer;
import static io.github.deit4j.recipe.SettingTable.number;
import static io.github.deit4j.recipe.SettingTable.numbers;
import static io.github.deit4j.recipe.SettingTable.pattern;
import static io.github.deit4j.recipe.SettingTable.share;

import io.github.deit4j.data.decode.JpegDecoder;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.op.PixelOps.Erasure;
import java.util.List;

/**
 * The settings of what happens to images between their files and the model: decoding, crops,
 * augmentation, mixing. They are a part of {@link Settings}' table.
 */
public final class ImageSettings {
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
    /** All images of a group, or of the effective batch. */
    BATCH,
    /** An image and its partner. */
    PAIR,
    /** Nothing: each image has its own. */
    ELEM
  }

  static final SettingTable TABLE = new SettingTable();
  private static final long LARGEST_RESIZED_SIDE = InputBudget.STANDARD.most(Limit.RESIZED_SIDE);

  public static final Setting<Integer> CROP_PADDING =
      TABLE.add(
          integer("crop-padding", 0, 0, 1024),
          "Training: pixels added on each side before a crop.");

  public static final Setting<Double> FLIP =
      TABLE.add(share("flip", 0.5), "Training: how often images are mirrored.");

  public static final Setting<Double> CROP_RATIO =
      TABLE
          .add(
              number("crop-ratio", null, above(0).atMost(1)),
              "Images whose shorter side is not image-size / crop-ratio are resized to it.")
          .or(
              "0.875 for images in files, else 1",
              recipe -> Datasets.named(recipe.get(Settings.DATA)).cropRatio())
          .rule(
              recipe -> "at least image-size / " + LARGEST_RESIZED_SIDE,
              (ratio, recipe) ->
                  recipe.get(Settings.IMAGE_SIZE) / ratio < LARGEST_RESIZED_SIDE + 1);

  public static final Setting<Interpolation> INTERPOLATION =
      TABLE.add(choice("interpolation", Interpolation.BICUBIC), "Filter of that resize.");

  public static final Setting<Rounding> CROP_ROUNDING =
      TABLE.add(
          choice("crop-rounding", Rounding.EVEN),
          "Middle square: begin at an even offset, as newer torchvision, or round half a pixel"
              + " up, as torchvision 0.8 (reference code).");

  public static final Setting<List<Double>> MEAN =
      TABLE
          .add(numbers("mean", atLeast(0).atMost(1)), "Mean of the pixels, on the scale 0 to 1.")
          .or("by data", recipe -> RecipeData.perChannel(recipe, Normalize::mean))
          .rule(RecipeData::onePerChannel, RecipeData::hasAllChannels);

  public static final Setting<List<Double>> STD =
      TABLE
          .add(numbers("std", above(0).atMost(1)), "Standard deviation of the pixels.")
          .or("by data", recipe -> RecipeData.perChannel(recipe, Normalize::std))
          .rule(RecipeData::onePerChannel, RecipeData::hasAllChannels);

  /** How training images get the model's size. */
  public static final Setting<TrainCrop> TRAIN_CROP =
      TABLE
          .add(
              choice("train-crop", TrainCrop.class),
              "Training: resize a random part (random-resized), cut a random square of the"
                  + " resized image (random), or its middle (center).")
          .or(
              "random-resized for image-size above 32, else random",
              recipe ->
                  recipe.get(Settings.IMAGE_SIZE) > 32
                      ? TrainCrop.RANDOM_RESIZED
                      : TrainCrop.RANDOM);

  public static final Setting<Double> CROP_MIN_AREA =
      TABLE.add(
          number("crop-min-area", 0.08, above(0).atMost(1)),
          "Training: least share of the image's area that random-resized takes.");

  public static final Setting<Interpolation> TRAIN_INTERPOLATION =
      TABLE
          .add(
              choice("train-interpolation", Interpolation.class),
              "Training: filter of the resize and of turning, shearing and shifting.")
          .or("as interpolation", recipe -> recipe.get(INTERPOLATION));

  public static final Setting<String> AUTO_AUGMENT =
      TABLE.add(
          pattern(
              "auto-augment",
              RecipeData.NO_AUTO_AUGMENT,
              RecipeData.AUTO_AUGMENT,
              "none, original (AutoAugment), 3a (3-Augment) or, as in rand-m9-mstd0.5-inc1,"
                  + " rand-m[-n][-mstd]-inc1"),
          "Training: RandAugment (paper: rand-m9-mstd0.5-inc1), AutoAugment, or DeiT III's"
              + " 3-Augment.");

  public static final Setting<Double> COLOR_JITTER =
      TABLE
          .add(
              number("color-jitter", 0.0, atLeast(0).atMost(10)),
              "Training: how far brightness, contrast and saturation go from 1; 0 = off;"
                  + " with no other auto-augment than 3a.")
          .rule(
              recipe -> "0 with auto-augment: " + recipe.get(AUTO_AUGMENT),
              (value, recipe) ->
                  value == 0 || RecipeData.WITH_JITTER.contains(recipe.get(AUTO_AUGMENT)));

  public static final Setting<Double> ERASE =
      TABLE.add(
          share("erase", 0.0),
          "Random erasing: how often an image has erased boxes; 0 = off (paper: 0.25).");

  public static final Setting<Erasure.Fill> ERASE_MODE =
      TABLE.add(
          choice("erase-mode", Erasure.Fill.PIXEL),
          "Random erasing: fill with zero (const), a normal number per channel (rand) or"
              + " per pixel (pixel).");

  public static final Setting<Integer> ERASE_COUNT =
      TABLE.add(integer("erase-count", 1, 1, 10), "Random erasing: most boxes of an image.");

  public static final Setting<Double> MIXUP =
      TABLE.add(
          number("mixup", 0.0, atLeast(0).atMost(100)),
          "Mixup: alpha of the share's Beta(alpha, alpha); 0 = off (paper: 0.8).");

  public static final Setting<Double> CUTMIX =
      TABLE.add(
          number("cutmix", 0.0, atLeast(0).atMost(100)),
          "CutMix: alpha of the share's Beta(alpha, alpha); 0 = off (paper: 1).");

  public static final Setting<Double> CUTMIX_MIN =
      TABLE
          .add(
              share("cutmix-min", 0.0),
              "CutMix: least share of the image's side for the box's, with cutmix-max.")
          .rule(
              recipe -> "at most cutmix-max " + recipe.get(ImageSettings.CUTMIX_MAX),
              (value, recipe) -> value <= recipe.get(ImageSettings.CUTMIX_MAX));

  public static final Setting<Double> CUTMIX_MAX =
      TABLE.add(
          share("cutmix-max", 0.0),
          "CutMix: largest such share, which turns CutMix on by itself; 0 = boxes by area.");

  public static final Setting<Double> MIXUP_PROB =
      TABLE.add(share("mixup-prob", 1.0), "How often there is mixup or CutMix where they are on.");

  public static final Setting<Double> MIXUP_SWITCH_PROB =
      TABLE.add(share("mixup-switch-prob", 0.5), "How often it is CutMix where both are on.");

  public static final Setting<MixupMode> MIXUP_MODE =
      TABLE.add(
          choice("mixup-mode", MixupMode.BATCH),
          "Draw the mixing for each group of images (batch), pair of images, or image (elem).");

  public static final Setting<Integer> MIXUP_GROUP =
      TABLE
          .add(
              integer("mixup-group", 0, 0, Integer.MAX_VALUE),
              "Images that are mixed among themselves, as those of one process are in the"
                  + " reference code; 0 = the whole effective batch.")
          .rule(
              recipe ->
                  "0 or an even number that divides batch x accumulate, " + recipe.effectiveBatch(),
              (value, recipe) ->
                  !mixes(recipe)
                      || value == 0
                      || value % 2 == 0 && recipe.effectiveBatch() % value == 0);

  public static final Setting<Integer> REPEATED_AUG =
      TABLE.add(
          integer("repeated-aug", 1, 1, 100),
          "Repeated augmentation: how many times in a row an image is taken; the epoch"
              + " stays as long; 1 = off (paper: 3).");

  public static final Setting<JpegDecoder> JPEG_DECODER =
      TABLE
          .add(
              choice("jpeg-decoder", JpegDecoder.class),
              "Decoder of JPEG files; another one may give slightly other pixels.")
          .or(
              "turbojpeg where libjpeg-turbo is installed, else imageio",
              recipe -> JpegDecoder.best());

  public static final Setting<Boolean> EXIF_ORIENTATION =
      TABLE.add(
          flag("exif-orientation", false),
          "Turn pictures upright as their EXIF data say, in training and, by the weights'"
              + " metadata, ever after; the reference code takes them as they are stored.");

  public static final Setting<Boolean> REDUCED_DECODE =
      TABLE.add(
          flag("reduced-decode", false),
          "Training, turbojpeg: decode large images at 1/2, 1/4 or 1/8 of their size where"
              + " the crop allows it; faster, slightly other pixels.");

  private ImageSettings() {}

  /** Returns whether images are mixed in pairs. */
  static boolean mixes(Recipe recipe) {
    return recipe.get(MIXUP) > 0 || recipe.get(CUTMIX) > 0 || recipe.get(CUTMIX_MAX) > 0;
  }
}
