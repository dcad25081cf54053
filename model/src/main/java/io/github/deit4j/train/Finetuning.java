package io.github.deit4j.train;

import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.PretrainedWeights;
import io.github.deit4j.modelfile.PublishedWeights;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.Settings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** What a recipe says about the weights with which a run begins. */
public final class Finetuning {
  private Finetuning() {}

  /** Returns the weights to start from; empty for a random start. */
  public static Optional<PretrainedWeights> weights(Recipe recipe) {
    return file(recipe)
        .map(
            path ->
                new PretrainedWeights(
                    ModelSource.of(path),
                    recipe.get(Settings.POSITION_RESIZE),
                    recipe.get(Settings.REPLACE_HEAD)));
  }

  /**
   * Returns the file or folder of these weights, of {@linkplain PublishedWeights published} ones
   * where they are in the cache; empty for a random start.
   *
   * @throws RecipeException if it cannot be a path on this system
   */
  public static Optional<Path> file(Recipe recipe) {
    return path(recipe)
        .map(
            path ->
                PublishedWeights.meant(path)
                    .map(weights -> weights.path(System.getenv()))
                    .orElse(path));
  }

  /**
   * Returns what the recipe says; empty for a random start.
   *
   * @throws RecipeException if it cannot be a path on this system
   */
  public static Optional<Path> path(Recipe recipe) {
    String value = recipe.get(Settings.FINETUNE);
    if (value.equals(Settings.NO_WEIGHTS)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Path.of(value));
    } catch (InvalidPathException e) {
      throw new RecipeException(
          recipe.toString(), Settings.FINETUNE.key(), "a file or folder", e.getMessage());
    }
  }

  /** Whether a distilled model learns by the mean of its heads' logits. */
  static boolean averagesHeads(Recipe recipe, boolean hasTeacher) {
    return !recipe.get(Settings.TRAIN_MODE) && !hasTeacher && recipe.get(Settings.DISTILLED);
  }

  /** Stochastic depth of the recipe, none out of training mode. */
  static double dropPath(Recipe recipe) {
    return recipe.get(Settings.TRAIN_MODE) ? recipe.get(Settings.DROP_PATH) : 0;
  }

  /** Dropout of the recipe, none out of training mode. */
  static double dropout(Recipe recipe) {
    return recipe.get(Settings.TRAIN_MODE) ? recipe.get(Settings.DROPOUT) : 0;
  }
}
