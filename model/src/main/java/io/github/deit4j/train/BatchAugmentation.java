package io.github.deit4j.train;

import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.recipe.AugmentationSettings;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeData;
import io.github.deit4j.recipe.Settings;

/**
 * What happens to a batch between its pixels and the model.
 *
 * @param normalize makes numbers of bytes
 * @param erasing overwrites boxes of the normalised images
 * @param mixup mixes them in pairs
 * @param smoothing label smoothing of the targets
 * @param seed the run's seed
 */
public record BatchAugmentation(
    Normalize normalize, RandomErasing erasing, Mixup mixup, double smoothing, long seed) {
  /** Returns what a recipe says. */
  static BatchAugmentation of(Recipe recipe) {
    return new BatchAugmentation(
        RecipeData.preprocessing(recipe).normalize(),
        new RandomErasing(
            recipe.get(AugmentationSettings.ERASE),
            recipe.get(AugmentationSettings.ERASE_MODE),
            recipe.get(AugmentationSettings.ERASE_COUNT)),
        new Mixup(
            recipe.get(AugmentationSettings.MIXUP),
            recipe.get(AugmentationSettings.CUTMIX),
            recipe.get(AugmentationSettings.MIXUP_PROB),
            recipe.get(AugmentationSettings.MIXUP_SWITCH_PROB),
            recipe.get(AugmentationSettings.MIXUP_MODE),
            recipe.get(AugmentationSettings.CUTMIX_MIN),
            recipe.get(AugmentationSettings.CUTMIX_MAX)),
        recipe.get(Settings.SMOOTHING),
        recipe.get(Settings.SEED));
  }
}
