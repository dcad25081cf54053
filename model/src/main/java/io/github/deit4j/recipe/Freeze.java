package io.github.deit4j.recipe;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.recipe.ImageSettings.TrainCrop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The setting {@link Settings#FREEZE}: which parameters stay as they are, and what that takes. */
public final class Freeze {
  static final String NONE = "none";
  static final String BACKBONE = "backbone";
  static final Pattern VALUES = Pattern.compile(NONE + "|" + BACKBONE + "|[1-9][0-9]{0,3}");

  private Freeze() {}

  /** Returns whether all but the heads is frozen, so that images need go through it once only. */
  public static boolean isBackbone(Recipe recipe) {
    return recipe.get(Settings.FREEZE).equals(BACKBONE);
  }

  /** Returns which parameters a recipe trains, by timm's names. */
  public static Predicate<String> trained(Recipe recipe, ModelConfig config) {
    int frozen =
        switch (recipe.get(Settings.FREEZE)) {
          case NONE -> -1;
          case BACKBONE -> config.layers() - 1;
          case String blocks -> Integer.parseInt(blocks);
        };
    return name -> config.layer(name) > frozen;
  }

  static String expectation(Recipe recipe) {
    return misfit(recipe).orElseThrow();
  }

  /** Returns what the setting should be instead, beside the others; empty if it goes with them. */
  static Optional<String> misfit(Recipe recipe) {
    String value = recipe.get(Settings.FREEZE);
    if (value.equals(NONE)) {
      return Optional.empty();
    }
    if (recipe.get(Settings.FINETUNE).equals(Settings.NO_WEIGHTS)) {
      return Optional.of("none without weights to start from (finetune=FILE)");
    }
    if (value.equals(BACKBONE)) {
      List<String> changes = changes(recipe);
      return changes.isEmpty()
          ? Optional.empty()
          : Optional.of("with backbone no teacher and always the same images: " + changes);
    }
    if (ModelSettings.mixesImages(recipe)) {
      return Optional.of("none or backbone in a model with batch norm");
    }
    int blocks = recipe.modelConfig(1).layers() - 1;
    return Integer.parseInt(value) <= blocks
        ? Optional.empty()
        : Optional.of("at most the model's blocks, " + blocks);
  }

  /** Returns the settings that make images the same in every epoch, where they are not so. */
  private static List<String> changes(Recipe recipe) {
    List<String> changes = new ArrayList<>();
    if (recipe.get(Settings.DISTILLATION).needsTeacher()) {
      changes.add("distillation=none");
    }
    require(changes, recipe, ImageSettings.TRAIN_CROP, TrainCrop.CENTER);
    require(changes, recipe, ImageSettings.FLIP, 0.0);
    require(changes, recipe, ImageSettings.AUTO_AUGMENT, RecipeData.NO_AUTO_AUGMENT);
    for (Setting<Double> rate :
        List.of(
            ImageSettings.COLOR_JITTER,
            ImageSettings.ERASE,
            ImageSettings.MIXUP,
            ImageSettings.CUTMIX,
            ImageSettings.CUTMIX_MAX,
            Settings.DROPOUT)) {
      require(changes, recipe, rate, 0.0);
    }
    require(changes, recipe, ImageSettings.REDUCED_DECODE, false);
    return changes;
  }

  private static <T> void require(
      List<String> changes, Recipe recipe, Setting<T> setting, T value) {
    if (!recipe.get(setting).equals(value)) {
      changes.add(setting.key() + "=" + setting.write(value));
    }
  }
}
