package io.github.deit4j.recipe;

import io.github.deit4j.regnet.RegNetDesign;
import io.github.deit4j.vit.DeiTConfig;

/** What must hold between the sizes of a model. Each error names the key to change. */
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

  private <T> void require(boolean holds, Setting<T> setting, String expected) {
    if (!holds) {
      throw new RecipeException(
          source, setting.key(), expected, setting.write(recipe.get(setting)));
    }
  }
}
