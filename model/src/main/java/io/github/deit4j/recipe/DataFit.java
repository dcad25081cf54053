package io.github.deit4j.recipe;

import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.Hyperparameter;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.recipe.ImageSettings.TrainCrop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a recipe with {@code fit-to-data: true} is given where it says nothing: sizes that go with
 * the number of training images, from a few dozen to many thousands. The numbers are rules of
 * thumb: a batch small enough for eight steps an epoch, as many images in all as train a small
 * model from scratch or adapt a trained one, and a learning rate that grows with the batch's root,
 * as suits AdamW.
 */
final class DataFit {
  /** The model from scratch, whose sizes {@link #smallModel} has. */
  static final String MODEL = "custom";

  private static final Map<String, Object> SMALL_MODEL =
      Map.of(
          "image-size", 64,
          "patch-size", 8,
          "channels", 3,
          "width", 192,
          "depth", 6,
          "heads", 3,
          "mlp-ratio", 4.0,
          "distilled", false);

  private static final int SMALLEST_BATCH = 8;
  private static final int LARGEST_BATCH = 64;
  private static final int STEPS_PER_EPOCH = 8;

  /**
   * How a kind of training is fitted.
   *
   * @param images to be seen in all
   * @param fewestEpochs at least
   * @param mostEpochs at most
   * @param rate learning rate at the largest batch
   * @param mixes whether with mixup and CutMix
   */
  private record Plan(int images, int fewestEpochs, int mostEpochs, double rate, boolean mixes) {}

  private static final Plan FROM_SCRATCH = new Plan(200_000, 10, 100, 1e-3, true);
  private static final Plan FINE_TUNING = new Plan(20_000, 5, 30, 1e-4, false);
  private static final Plan HEADS_ALONE = new Plan(200_000, 10, 100, 1e-3, false);

  private final Recipe recipe;
  private final Set<String> given;
  private final Map<String, String> values = new LinkedHashMap<>();

  private DataFit(Recipe recipe, Set<String> given) {
    this.recipe = recipe;
    this.given = given;
  }

  /** Returns a hyperparameter of the small model; null for what it has not. */
  @SuppressWarnings("unchecked") // the key's type
  static <T> T smallModel(Hyperparameter<T> key) {
    return (T) SMALL_MODEL.get(key.key());
  }

  /**
   * Returns settings in YAML that a recipe does not give, by key.
   *
   * @param images number of training images, at least 1
   * @param start describes the weights to start from; null for a random start
   */
  static Map<String, String> of(Recipe recipe, Set<String> given, int images, ModelInfo start) {
    var fit = new DataFit(recipe, given);
    if (start != null) {
      fit.modelOf(start.config());
      fit.preprocessingOf(start.preprocessing());
    }
    fit.lengthAndRate(images, start == null ? FROM_SCRATCH : fit.fineTuning());
    fit.augmentation();
    return fit.values;
  }

  private Plan fineTuning() {
    return Freeze.isBackbone(recipe) ? HEADS_ALONE : FINE_TUNING;
  }

  private <T> void put(Setting<T> setting, T value) {
    if (!given.contains(setting.key())) {
      values.put(setting.key(), setting.write(value));
    }
  }

  private <T> T get(Setting<T> setting, T fitted) {
    return given.contains(setting.key()) ? recipe.get(setting) : fitted;
  }

  private void modelOf(ModelConfig config) {
    if (config.distilled()) {
      put(Settings.DISTILLATION, DistillationType.LABELS); // so that both heads learn the classes
    }
    if (given.contains(Settings.MODEL.key())) {
      return;
    }
    ModelFamily family = config.family();
    boolean changed = family.hyperparameters().stream().anyMatch(key -> given.contains(key.key()));
    for (String model : changed ? List.<String>of() : family.models()) {
      if (family.config(model).withClasses(config.classes()).equals(config)) {
        put(Settings.MODEL, model);
        return;
      }
    }
    put(Settings.MODEL, family.custom());
    Hyperparameter.Values sizes =
        family
            .values(config)
            .orElseThrow(
                () ->
                    new RecipeException(
                        recipe.toString(),
                        Settings.MODEL.key(),
                        "the name of the model in finetune's weights (--set model=NAME), a "
                            + family.name()
                            + " of sizes that no recipe can give",
                        "none"));
    family.hyperparameters().forEach(key -> put(key, sizes));
  }

  private <T> void put(Hyperparameter<T> key, Hyperparameter.Values sizes) {
    put(ModelSettings.of(key), sizes.get(key));
  }

  /** Weights see images as they did when they were trained. */
  private void preprocessingOf(Preprocessing preprocessing) {
    put(ImageSettings.MEAN, doubles(preprocessing.normalize().mean()));
    put(ImageSettings.STD, doubles(preprocessing.normalize().std()));
    put(ImageSettings.CROP_RATIO, preprocessing.cropRatio());
    put(ImageSettings.INTERPOLATION, preprocessing.interpolation());
    put(ImageSettings.CROP_ROUNDING, preprocessing.rounding());
  }

  private static List<Double> doubles(List<Float> numbers) {
    return numbers.stream().map(n -> Double.valueOf(Float.toString(n))).toList();
  }

  private void lengthAndRate(int images, Plan plan) {
    int batch = get(Settings.BATCH, batch(images));
    put(Settings.BATCH, batch);
    int effective = batch * recipe.get(Settings.ACCUMULATE);
    int wanted = Math.ceilDiv(plan.images, images);
    int epochs = get(Settings.EPOCHS, Math.clamp(wanted, plan.fewestEpochs, plan.mostEpochs));
    put(Settings.EPOCHS, epochs);
    put(Settings.WARMUP_EPOCHS, Math.min(5, epochs / 20.0));
    put(Settings.LR_SCALING, Settings.RateScaling.NONE);
    put(Settings.LR, twoDigits(plan.rate * Math.sqrt(effective / (double) LARGEST_BATCH)));
    boolean mixes = plan.mixes && effective % 2 == 0;
    put(ImageSettings.MIXUP, mixes ? 0.8 : 0.0);
    put(ImageSettings.CUTMIX, mixes ? 1.0 : 0.0);
  }

  /**
   * Of few images the crop should still show what they are of; a frozen backbone sees them once.
   */
  private void augmentation() {
    boolean once = Freeze.isBackbone(recipe);
    put(ImageSettings.TRAIN_CROP, once ? TrainCrop.CENTER : TrainCrop.RANDOM_RESIZED);
    put(ImageSettings.CROP_MIN_AREA, 0.35);
    put(ImageSettings.FLIP, once ? 0.0 : 0.5);
  }

  /** Returns a power of two. */
  private static int batch(int images) {
    int batch = Math.clamp(images / STEPS_PER_EPOCH, SMALLEST_BATCH, LARGEST_BATCH);
    return Integer.highestOneBit(Math.min(batch, images));
  }

  /** Returns a number that people can read and write again. */
  private static double twoDigits(double number) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.1e", number));
  }
}
