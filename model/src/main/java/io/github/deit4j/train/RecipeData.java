package io.github.deit4j.train;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Subset;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.data.transform.Pipeline;
import io.github.deit4j.data.transform.RandomCrop;
import io.github.deit4j.data.transform.RandomHorizontalFlip;
import io.github.deit4j.data.transform.Resize;
import io.github.deit4j.deit.Preprocessing;
import java.util.List;

/** What a recipe does to images. */
public final class RecipeData {
  private RecipeData() {}

  /** Returns what evaluation does, and what the model's file says about it. */
  public static Preprocessing preprocessing(Recipe recipe) {
    return new Preprocessing(
        recipe.get(Settings.IMAGE_SIZE),
        recipe.get(Settings.CHANNELS),
        new Normalize(floats(recipe.get(Settings.MEAN)), floats(recipe.get(Settings.STD))),
        recipe.get(Settings.CROP_RATIO),
        recipe.get(Settings.INTERPOLATION));
  }

  private static float[] floats(List<Double> numbers) {
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = numbers.get(i).floatValue();
    }
    return floats;
  }

  /**
   * Returns those of a data set's images that the recipe trains on.
   *
   * @throws DatasetException if there are fewer than it wants
   */
  public static Dataset trainingImages(Recipe recipe, Dataset all) throws DatasetException {
    int wanted = recipe.get(Settings.TRAIN_IMAGES);
    return wanted == 0 ? all : new Subset(all, wanted);
  }

  /** Returns the transforms of training, up to the pixels. */
  public static Pipeline training(Recipe recipe) {
    Preprocessing preprocessing = preprocessing(recipe);
    return Pipeline.of(
        preprocessing.channelConversion(),
        new Resize(preprocessing.resizedSide(), preprocessing.interpolation()),
        new RandomCrop(preprocessing.size(), recipe.get(Settings.CROP_PADDING)),
        new RandomHorizontalFlip(recipe.get(Settings.FLIP)));
  }
}
