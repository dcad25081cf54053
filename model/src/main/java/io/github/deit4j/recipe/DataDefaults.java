package io.github.deit4j.recipe;

import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.transform.Normalize;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a recipe's preprocessing is by default, for each data set. */
final class DataDefaults {
  /** Evaluation keeps this share of the shorter side, as the reference code has it. */
  private static final double IMAGENET_CROP_RATIO = 0.875;

  private DataDefaults() {}

  static double cropRatio(Recipe recipe) {
    return recipe.get(Settings.DATA).equals(Datasets.IMAGE_FOLDER) ? IMAGENET_CROP_RATIO : 1;
  }

  static List<Double> mean(Recipe recipe) {
    return perChannel(normalize(recipe).mean(), recipe.get(Settings.CHANNELS));
  }

  static List<Double> std(Recipe recipe) {
    return perChannel(normalize(recipe).std(), recipe.get(Settings.CHANNELS));
  }

  private static Normalize normalize(Recipe recipe) {
    return switch (recipe.get(Settings.DATA)) {
      case Datasets.FASHION_MNIST -> Normalize.FASHION_MNIST;
      case Datasets.CIFAR10 -> Normalize.CIFAR10;
      case Datasets.CIFAR100 -> Normalize.CIFAR100;
      default -> Normalize.IMAGENET;
    };
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
