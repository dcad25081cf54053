package io.github.deit4j.recipe;

import static io.github.deit4j.recipe.AugmentationSettings.AUTO_AUGMENT;
import static io.github.deit4j.recipe.AugmentationSettings.COLOR_JITTER;
import static io.github.deit4j.recipe.AugmentationSettings.CUTMIX;
import static io.github.deit4j.recipe.AugmentationSettings.CUTMIX_MAX;
import static io.github.deit4j.recipe.AugmentationSettings.CUTMIX_MIN;
import static io.github.deit4j.recipe.AugmentationSettings.MIXUP;

import io.github.deit4j.train.LearningRate;

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
    ModelSettings.check(recipe, source);
    rules.channelsFit();
    rules.scheduleFits();
    rules.augmentationFits();
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
