package io.github.deit4j.recipe;

import static io.github.deit4j.recipe.SettingTable.flag;
import static io.github.deit4j.recipe.SettingTable.rate;

import io.github.deit4j.recipe.Settings.Sampling;

/** The settings of what is learned from the labels. They are a part of {@link Settings}' table. */
public final class LossSettings {
  static final SettingTable TABLE = new SettingTable();

  public static final Setting<Boolean> BCE_LOSS =
      TABLE.add(
          flag("bce-loss", false),
          "Learn each class by itself, by binary cross entropy; of a mixed image all labels that"
              + " are in it count fully: DeiT III.");

  public static final Setting<Double> SMOOTHING =
      TABLE
          .add(rate("smoothing", 0.1), "Label smoothing.")
          .rule(
              recipe -> "0 with bce-loss: true, which would make every class a true one",
              (value, recipe) -> value == 0 || !recipe.get(BCE_LOSS));

  public static final Setting<ClassWeights> CLASS_WEIGHTS =
      TABLE
          .add(
              ClassWeights.setting("class-weights"),
              "How much the label of an image counts in the loss: each as much (none), by classes"
                  + " alike (balanced: images / (classes x images of the class)), or by a list of"
                  + " one number per class, in their order.")
          .rule(
              recipe -> "none or a list with sampling: balanced, which makes classes alike already",
              (value, recipe) ->
                  !value.equals(ClassWeights.BALANCED)
                      || recipe.get(Settings.SAMPLING) != Sampling.BALANCED);

  private LossSettings() {}
}
