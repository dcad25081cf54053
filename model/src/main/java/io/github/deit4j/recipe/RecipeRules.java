package io.github.deit4j.recipe;

import static io.github.deit4j.recipe.AugmentationSettings.AUTO_AUGMENT;
import static io.github.deit4j.recipe.AugmentationSettings.COLOR_JITTER;
import static io.github.deit4j.recipe.AugmentationSettings.CUTMIX;
import static io.github.deit4j.recipe.AugmentationSettings.CUTMIX_MAX;
import static io.github.deit4j.recipe.AugmentationSettings.CUTMIX_MIN;
import static io.github.deit4j.recipe.AugmentationSettings.MIXUP;

import io.github.deit4j.regnet.RegNetDesign;
import io.github.deit4j.train.LearningRate;
import io.github.deit4j.vit.DeiTConfig;

/** What must hold between settings. Each error names the key to change. */
final class RecipeRules {
  private final Recipe recipe;
  private final String source;

  private RecipeRules(Recipe recipe, String source) {
    this.recipe = recipe;
    this.source = source;
  }

  static void check(Recipe recipe, String source) {
    var rules = new RecipeRules(recipe, source);
    if (ModelDefaults.isRegNet(recipe)) {
      rules.regNetFits();
    } else {
      rules.namedModelHasItsSizes();
      rules.sizesFit();
      rules.regNetNumbersAreUnused();
    }
    rules.channelsFit();
    rules.scheduleFits();
    rules.augmentationFits();
  }

  private void sizesFit() {
    int imageSize = recipe.get(Settings.IMAGE_SIZE);
    int width = recipe.get(Settings.WIDTH);
    require(
        imageSize % recipe.get(Settings.PATCH_SIZE) == 0,
        Settings.PATCH_SIZE,
        "a divisor of image-size " + imageSize);
    require(width % recipe.get(Settings.HEADS) == 0, Settings.HEADS, "a divisor of width " + width);
    double mlpWidth = width * recipe.get(Settings.MLP_RATIO);
    require(
        mlpWidth == Math.rint(mlpWidth) && mlpWidth >= 1,
        Settings.MLP_RATIO,
        "a whole number when multiplied by width " + width);
  }

  private void namedModelHasItsSizes() {
    String model = recipe.get(Settings.MODEL);
    if (model.equals(Settings.CUSTOM_MODEL)) {
      return;
    }
    DeiTConfig named = DeiTConfig.named(model);
    requireNamed(Settings.IMAGE_SIZE, named.imageSize());
    requireNamed(Settings.PATCH_SIZE, named.patchSize());
    requireNamed(Settings.CHANNELS, named.channels());
    requireNamed(Settings.WIDTH, named.width());
    requireNamed(Settings.DEPTH, named.depth());
    requireNamed(Settings.HEADS, named.heads());
    requireNamed(Settings.MLP_RATIO, (double) named.mlpWidth() / named.width());
    requireNamed(Settings.DISTILLED, named.distilled());
  }

  private void regNetFits() {
    requireUnused(Settings.PATCH_SIZE, 1);
    requireUnused(Settings.WIDTH, 1);
    requireUnused(Settings.HEADS, 1);
    requireUnused(Settings.MLP_RATIO, 1.0);
    requireUnused(Settings.DISTILLED, false);
    String model = recipe.get(Settings.MODEL);
    if (!model.equals(Settings.CUSTOM_REGNET)) {
      RegNetDesign named = RegNetDesign.named(model);
      requireNamed(Settings.DEPTH, named.depth());
      requireNamed(Settings.INITIAL_WIDTH, named.initialWidth());
      requireNamed(Settings.WIDTH_SLOPE, named.slope());
      requireNamed(Settings.WIDTH_MULTIPLIER, named.multiplier());
      requireNamed(Settings.GROUP_WIDTH, named.groupWidth());
    }
  }

  private void regNetNumbersAreUnused() {
    requireUnused(Settings.STEM_STRIDE, 2);
    requireUnused(Settings.INITIAL_WIDTH, 1);
    requireUnused(Settings.WIDTH_SLOPE, 0.0);
    requireUnused(Settings.WIDTH_MULTIPLIER, 2.0);
    requireUnused(Settings.GROUP_WIDTH, 1);
  }

  private <T> void requireUnused(Setting<T> setting, T none) {
    require(
        recipe.get(setting).equals(none),
        setting,
        "no such key with model: " + recipe.get(Settings.MODEL));
  }

  private <T> void requireNamed(Setting<T> setting, T size) {
    require(
        recipe.get(setting).equals(size),
        setting,
        setting.write(size)
            + ", which "
            + recipe.get(Settings.MODEL)
            + " has (leave the key out, or set model: custom)");
  }

  private void channelsFit() {
    int channels = recipe.get(Settings.CHANNELS);
    require(channels != 2, Settings.CHANNELS, "1 or 3");
    String perChannel = "one number for each of " + channels + " channels";
    require(recipe.get(Settings.MEAN).size() == channels, Settings.MEAN, perChannel);
    require(recipe.get(Settings.STD).size() == channels, Settings.STD, perChannel);
  }

  private void scheduleFits() {
    require(
        !recipe.get(Settings.SCHEDULE_LAG)
            || recipe.get(Settings.SCHEDULE) == LearningRate.Unit.EPOCH,
        Settings.SCHEDULE_LAG,
        "false with schedule: step");
  }

  private void augmentationFits() {
    boolean automatic = !recipe.get(AUTO_AUGMENT).equals(AugmentationSettings.NO_AUTO_AUGMENT);
    require(
        !automatic || recipe.get(COLOR_JITTER) == 0,
        COLOR_JITTER,
        "0 with auto-augment: " + recipe.get(AUTO_AUGMENT));
    require(
        recipe.get(CUTMIX_MIN) <= recipe.get(CUTMIX_MAX),
        CUTMIX_MIN,
        "at most cutmix-max " + recipe.get(CUTMIX_MAX));
    boolean mixes = recipe.get(MIXUP) > 0 || recipe.get(CUTMIX) > 0;
    require(
        !mixes || recipe.effectiveBatch() % 2 == 0,
        Settings.BATCH,
        "an even number of images in batch x accumulate, which mixup and cutmix pair");
  }

  private <T> void require(boolean holds, Setting<T> setting, String expected) {
    if (!holds) {
      throw new RecipeException(
          source, setting.key(), expected, setting.write(recipe.get(setting)));
    }
  }
}
