package io.github.deit4j.recipe;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetDesign;
import io.github.deit4j.vit.DeiTConfig;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a recipe's sizes are by default: those of a registered model by its name, and for the sizes
 * that only the other kind of model has, a number that stands for none.
 */
final class ModelDefaults {
  private static final int REGNET_IMAGE_SIZE = 224;
  private static final int REGNET_CHANNELS = 3;

  private ModelDefaults() {}

  /** Returns all values of the setting {@code model}. */
  static List<String> names() {
    Stream<String> custom = Stream.of(Settings.CUSTOM_MODEL, Settings.CUSTOM_REGNET);
    return Stream.of(DeiTConfig.names().stream(), RegNetDesign.names().stream(), custom)
        .flatMap(names -> names)
        .toList();
  }

  /** Returns whether a recipe's model is a RegNetY. */
  static boolean isRegNet(Recipe recipe) {
    String model = recipe.get(Settings.MODEL);
    return model.equals(Settings.CUSTOM_REGNET) || RegNetDesign.names().contains(model);
  }

  private static boolean isCustom(Recipe recipe) {
    String model = recipe.get(Settings.MODEL);
    return model.equals(Settings.CUSTOM_MODEL) || model.equals(Settings.CUSTOM_REGNET);
  }

  /** Returns the design of a registered RegNetY, the configuration of a registered DeiT. */
  private static <T> Optional<T> named(
      Recipe recipe, Function<DeiTConfig, T> ofDeiT, Function<RegNetDesign, T> ofRegNet) {
    if (isCustom(recipe)) {
      return Optional.empty();
    }
    String model = recipe.get(Settings.MODEL);
    return Optional.of(
        isRegNet(recipe)
            ? ofRegNet.apply(RegNetDesign.named(model))
            : ofDeiT.apply(DeiTConfig.named(model)));
  }

  /** A size of a DeiT, which a RegNetY has not. */
  static <T> Function<Recipe, Optional<T>> deit(Function<DeiTConfig, T> size, T none) {
    return recipe -> isRegNet(recipe) ? Optional.of(none) : named(recipe, size, design -> none);
  }

  /** A number of a RegNetY's design, which a DeiT has not. */
  static <T> Function<Recipe, Optional<T>> regNet(Function<RegNetDesign, T> number, T none) {
    return recipe -> isRegNet(recipe) ? named(recipe, config -> none, number) : Optional.of(none);
  }

  static Optional<Integer> imageSize(Recipe recipe) {
    return named(recipe, DeiTConfig::imageSize, design -> REGNET_IMAGE_SIZE);
  }

  static Optional<Integer> channels(Recipe recipe) {
    return named(recipe, DeiTConfig::channels, design -> REGNET_CHANNELS);
  }

  static Optional<Integer> depth(Recipe recipe) {
    return named(recipe, DeiTConfig::depth, RegNetDesign::depth);
  }

  /** Returns the configuration of a recipe's model. */
  static ModelConfig config(Recipe recipe, int classes) {
    return isRegNet(recipe) ? regNet(recipe, classes) : deit(recipe, classes);
  }

  private static RegNetConfig regNet(Recipe recipe, int classes) {
    return design(recipe)
        .config(
            recipe.get(Settings.IMAGE_SIZE),
            recipe.get(Settings.CHANNELS),
            classes,
            recipe.get(Settings.STEM_STRIDE));
  }

  static RegNetDesign design(Recipe recipe) {
    return new RegNetDesign(
        recipe.get(Settings.INITIAL_WIDTH),
        recipe.get(Settings.WIDTH_SLOPE),
        recipe.get(Settings.WIDTH_MULTIPLIER),
        recipe.get(Settings.DEPTH),
        recipe.get(Settings.GROUP_WIDTH));
  }

  private static DeiTConfig deit(Recipe recipe, int classes) {
    return new DeiTConfig(
        recipe.get(Settings.IMAGE_SIZE),
        recipe.get(Settings.PATCH_SIZE),
        recipe.get(Settings.CHANNELS),
        classes,
        recipe.get(Settings.WIDTH),
        recipe.get(Settings.DEPTH),
        recipe.get(Settings.HEADS),
        (int) (recipe.get(Settings.WIDTH) * recipe.get(Settings.MLP_RATIO)),
        recipe.get(Settings.DISTILLED));
  }
}
