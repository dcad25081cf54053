package io.github.deit4j.recipe;

import io.github.deit4j.data.set.Datasets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of a recipe's settings decide the images that a teacher sees in training, pixel by pixel
 * and in their order, and what it says about them: how images are chosen, decoded, cropped,
 * augmented and mixed, by what seed, and how the teacher computes. Two recipes that agree in them
 * can share a teacher's stored answers, whatever their students, losses and optimizers are.
 */
public final class TaughtImages {
  /** Beside all of {@link ImageSettings}. */
  static final List<Setting<?>> OTHERS =
      List.of(
          Settings.DATA,
          Settings.TRAIN_IMAGES,
          Settings.VAL_SPLIT,
          Settings.SAMPLING,
          Settings.SEED,
          Settings.IMAGE_SIZE,
          Settings.CHANNELS,
          Settings.POSITION_RESIZE,
          Settings.PRECISION);

  /** What a step takes: partners are mixed within it, and what is left of an epoch falls away. */
  public static final String STEP = "batch x accumulate";

  private TaughtImages() {}

  /**
   * Returns the values of these settings as YAML, in the table's order. The decoder of JPEG files
   * is there in words, with its version, and only where there may be such files.
   */
  public static Map<String, String> settings(Recipe recipe) {
    Map<String, String> values = new LinkedHashMap<>();
    for (Setting<?> setting : Settings.all().values()) {
      if (OTHERS.contains(setting) || ImageSettings.TABLE.all().containsValue(setting)) {
        values.put(setting.key(), recipe.valueAsYaml(setting));
      }
    }
    if (Datasets.named(recipe.get(Settings.DATA)).needsDecoder()) {
      values.put(
          ImageSettings.JPEG_DECODER.key(), recipe.get(ImageSettings.JPEG_DECODER).description());
    } else {
      values.remove(ImageSettings.JPEG_DECODER.key());
    }
    values.put(STEP, Long.toString(recipe.effectiveBatch()));
    return values;
  }
}
