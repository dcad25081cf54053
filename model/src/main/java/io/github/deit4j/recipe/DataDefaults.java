package io.github.deit4j.recipe;

import io.github.deit4j.data.set.DatasetFormat;
import io.github.deit4j.data.set.Datasets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a recipe's preprocessing is by default, for each data set. */
final class DataDefaults {
  private DataDefaults() {}

  static double cropRatio(Recipe recipe) {
    return format(recipe).cropRatio();
  }

  static List<Double> mean(Recipe recipe) {
    return perChannel(format(recipe).normalize().mean(), recipe.get(Settings.CHANNELS));
  }

  static List<Double> std(Recipe recipe) {
    return perChannel(format(recipe).normalize().std(), recipe.get(Settings.CHANNELS));
  }

  private static DatasetFormat format(Recipe recipe) {
    return Datasets.named(recipe.get(Settings.DATA));
  }

  /** A grey data set's number serves every channel of an RGB model. */
  private static List<Double> perChannel(float[] numbers, int channels) {
    if (numbers.length == 1) {
      return Collections.nCopies(channels, decimal(numbers[0]));
    }
    List<Double> list = new ArrayList<>();
    for (float number : numbers) {
      list.add(decimal(number));
    }
    return List.copyOf(list);
  }

  /** Returns the double with the float's shortest decimals: 0.485, not 0.48500001430511475. */
  private static double decimal(float number) {
    return Double.parseDouble(Float.toString(number));
  }
}
