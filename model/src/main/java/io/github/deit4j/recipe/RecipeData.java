package io.github.deit4j.recipe;

import io.github.deit4j.data.BatchLoader;
import io.github.deit4j.data.Transform;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.transform.AutoAugment;
import io.github.deit4j.data.transform.ColorJitter;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.data.transform.Pipeline;
import io.github.deit4j.data.transform.RandAugment;
import io.github.deit4j.data.transform.RandomCrop;
import io.github.deit4j.data.transform.RandomHorizontalFlip;
import io.github.deit4j.data.transform.RandomResizedCrop;
import io.github.deit4j.data.transform.Resize;
import io.github.deit4j.data.transform.ThreeAugment;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.recipe.Settings.Sampling;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a recipe does to images. */
public final class RecipeData {
  /** No automatic augmentation, as a value of {@link ImageSettings#AUTO_AUGMENT}. */
  static final String NO_AUTO_AUGMENT = "none";

  /** AutoAugment's policy for ImageNet, as one. */
  private static final String IMAGENET_POLICY = "original";

  /** 3-Augment, by timm's name. */
  private static final String THREE_AUGMENT = "3a";

  /** The values that go with colour jitter. */
  static final List<String> WITH_JITTER = List.of(NO_AUTO_AUGMENT, THREE_AUGMENT);

  /** RandAugment in timm's spelling: magnitude, layers (2 if left out), deviation (0). */
  private static final Pattern RAND_AUGMENT =
      Pattern.compile(
          "rand-m(10|[0-9](?:\\.[0-9]+)?)(?:-n([0-9]))?(?:-mstd([0-9]+(?:\\.[0-9]+)?))?-inc1");

  /** All values. */
  static final Pattern AUTO_AUGMENT =
      Pattern.compile(
          String.join(
              "|", NO_AUTO_AUGMENT, IMAGENET_POLICY, THREE_AUGMENT, RAND_AUGMENT.pattern()));

  private RecipeData() {}

  /** Returns what evaluation does, and what the model's file says about it. */
  public static Preprocessing preprocessing(Recipe recipe) {
    return new Preprocessing(
        recipe.get(Settings.IMAGE_SIZE),
        recipe.get(Settings.CHANNELS),
        new Normalize(
            floats(recipe.get(ImageSettings.MEAN)), floats(recipe.get(ImageSettings.STD))),
        recipe.get(ImageSettings.CROP_RATIO),
        recipe.get(ImageSettings.INTERPOLATION),
        recipe.get(ImageSettings.CROP_ROUNDING),
        recipe.get(ImageSettings.EXIF_ORIENTATION));
  }

  /** Returns how image files are decoded, for training as for evaluation. */
  public static Decoding decoding(Recipe recipe) {
    return Decoding.STANDARD
        .withJpeg(recipe.get(ImageSettings.JPEG_DECODER))
        .withExifOrientation(recipe.get(ImageSettings.EXIF_ORIENTATION));
  }

  private static List<Float> floats(List<Double> numbers) {
    return numbers.stream().map(Double::floatValue).toList();
  }

  /** Returns options that make a recipe's effective batch as small as so few images need. */
  public static String smallerBatch(Recipe recipe, int images) {
    int batch = Math.min(recipe.get(Settings.BATCH), Integer.highestOneBit(Math.max(1, images)));
    StringBuilder options = new StringBuilder("--set batch=" + batch);
    if (recipe.get(Settings.ACCUMULATE) > 1) {
      options.append(" --set accumulate=1");
    }
    if (recipe.get(ImageSettings.MIXUP_GROUP) > 0) {
      options.append(" --set mixup-group=0");
    }
    return options.toString();
  }

  /**
   * Returns the settings, as {@code --set} takes them, with which a training image would always be
   * the same, but for being mirrored; none if it is.
   */
  public static List<String> toMirrorAtMost(Recipe recipe) {
    List<String> changes = new ArrayList<>();
    switch (recipe.get(ImageSettings.TRAIN_CROP)) {
      case RANDOM_RESIZED -> changes.add(ImageSettings.TRAIN_CROP.key() + "=center");
      case RANDOM -> addUnlessZero(changes, recipe, ImageSettings.CROP_PADDING);
      case CENTER -> {}
    }
    if (automatic(recipe).isPresent()) {
      changes.add(ImageSettings.AUTO_AUGMENT.key() + "=" + NO_AUTO_AUGMENT);
    }
    for (Setting<? extends Number> each :
        List.of(
            ImageSettings.COLOR_JITTER,
            ImageSettings.MIXUP,
            ImageSettings.CUTMIX,
            ImageSettings.CUTMIX_MAX,
            ImageSettings.ERASE)) {
      addUnlessZero(changes, recipe, each);
    }
    return changes;
  }

  private static void addUnlessZero(
      List<String> changes, Recipe recipe, Setting<? extends Number> setting) {
    if (recipe.get(setting).doubleValue() != 0) {
      changes.add(setting.key() + "=0");
    }
  }

  /** Returns the transforms of training, up to the pixels. */
  public static Pipeline training(Recipe recipe) {
    Preprocessing preprocessing = preprocessing(recipe);
    List<Transform> transforms = new ArrayList<>();
    transforms.add(preprocessing.channelConversion());
    transforms.addAll(crop(recipe, preprocessing));
    transforms.add(new RandomHorizontalFlip(recipe.get(ImageSettings.FLIP)));
    automatic(recipe).ifPresent(transforms::add);
    if (recipe.get(ImageSettings.COLOR_JITTER) > 0) {
      transforms.add(new ColorJitter(recipe.get(ImageSettings.COLOR_JITTER)));
    }
    return new Pipeline(transforms);
  }

  /**
   * Returns the batches that training draws, one for each optimizer step.
   *
   * @param epoch epoch of the first one
   * @param step the first one in its epoch
   */
  public static BatchLoader.Setup batches(Recipe recipe, int epoch, int step) {
    return new BatchLoader.Setup(
        Math.toIntExact(recipe.effectiveBatch()),
        recipe.get(Settings.SEED),
        recipe.get(ImageSettings.REPEATED_AUG),
        recipe.get(ImageSettings.REDUCED_DECODE),
        epoch,
        step,
        recipe.get(Settings.SAMPLING) == Sampling.BALANCED);
  }

  private static List<Transform> crop(Recipe recipe, Preprocessing preprocessing) {
    int size = preprocessing.size();
    Interpolation interpolation = recipe.get(ImageSettings.TRAIN_INTERPOLATION);
    return switch (recipe.get(ImageSettings.TRAIN_CROP)) {
      case RANDOM_RESIZED ->
          List.of(
              new RandomResizedCrop(size, recipe.get(ImageSettings.CROP_MIN_AREA), interpolation));
      case RANDOM ->
          List.of(
              new Resize(preprocessing.resizedSide(), interpolation),
              new RandomCrop(size, recipe.get(ImageSettings.CROP_PADDING)));
      case CENTER -> List.of(preprocessing.resizeAndCrop(interpolation));
    };
  }

  private static Optional<Transform> automatic(Recipe recipe) {
    String policy = recipe.get(ImageSettings.AUTO_AUGMENT);
    Interpolation interpolation = recipe.get(ImageSettings.TRAIN_INTERPOLATION);
    if (policy.equals(IMAGENET_POLICY)) {
      return Optional.of(new AutoAugment(interpolation));
    }
    if (policy.equals(THREE_AUGMENT)) {
      return Optional.of(new ThreeAugment());
    }
    Matcher rand = RAND_AUGMENT.matcher(policy);
    if (!rand.matches()) {
      return Optional.empty();
    }
    double magnitude = Double.parseDouble(rand.group(1));
    int layers = rand.group(2) == null ? 2 : Integer.parseInt(rand.group(2));
    double deviation = rand.group(3) == null ? 0 : Double.parseDouble(rand.group(3));
    return Optional.of(new RandAugment(magnitude, deviation, layers, interpolation));
  }

  /** What mean and deviation have to be, in words. */
  static String onePerChannel(Recipe recipe) {
    return "one number for each of " + recipe.get(Settings.CHANNELS) + " channels";
  }

  /** Whether a list of numbers is as long. */
  static boolean hasAllChannels(List<Double> numbers, Recipe recipe) {
    return numbers.size() == recipe.get(Settings.CHANNELS);
  }

  /**
   * Returns numbers that belong to a recipe's data set. A grey data set's number serves every
   * channel of an RGB model. A float becomes the double with its shortest decimals: 0.485, not
   * 0.48500001430511475.
   */
  static List<Double> perChannel(Recipe recipe, Function<Normalize, List<Float>> which) {
    Normalize normalize = Datasets.named(recipe.get(Settings.DATA)).normalize();
    List<Double> list =
        which.apply(normalize).stream().map(n -> Double.valueOf(Float.toString(n))).toList();
    return list.size() == 1
        ? Collections.nCopies(recipe.get(Settings.CHANNELS), list.getFirst())
        : list;
  }
}
