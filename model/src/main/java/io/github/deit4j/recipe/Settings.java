package io.github.deit4j.recipe;

import static io.github.deit4j.recipe.Setting.Range.above;
import static io.github.deit4j.recipe.Setting.Range.atLeast;
import static io.github.deit4j.recipe.Setting.choice;
import static io.github.deit4j.recipe.Setting.flag;
import static io.github.deit4j.recipe.Setting.integer;
import static io.github.deit4j.recipe.Setting.longInteger;
import static io.github.deit4j.recipe.Setting.number;
import static io.github.deit4j.recipe.Setting.numbers;
import static io.github.deit4j.recipe.Setting.path;
import static io.github.deit4j.recipe.Setting.rate;
import static io.github.deit4j.recipe.Setting.share;
import static io.github.deit4j.recipe.Setting.text;
import static io.github.deit4j.recipe.Setting.word;

import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.device.Precision;
import io.github.deit4j.distill.DistillationType;
import io.github.deit4j.distill.SoftReduction;
import io.github.deit4j.nn.Hyperparameter;
import io.github.deit4j.weights.PositionEmbedding;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The table of all settings of a {@link Recipe}. Reading, checking and writing recipes follow it.
 * What a setting means its description says. Defaults are those of the reference code
 * (facebookresearch/deit, main.py) unless the line says otherwise.
 */
public final class Settings {
  /** The value of {@link #FINETUNE} for a random start. */
  public static final String NO_WEIGHTS = "none";

  /** Which optimizer trains. */
  public enum OptimizerType {
    /** Adam with decoupled weight decay. */
    ADAMW,
    /** Gradient descent with momentum. */
    SGD
  }

  /** In which unit the schedule of the learning rate counts. */
  public enum ScheduleUnit {
    /** The rate changes at the beginning of each epoch. */
    EPOCH,
    /** The rate changes at each optimizer step. */
    STEP
  }

  /** How the base learning rate depends on the effective batch. */
  public enum RateScaling {
    /** Not at all. */
    NONE,
    /** Times the effective batch, divided by 512. */
    BATCH
  }

  private static final Map<String, Setting<?>> ALL = new LinkedHashMap<>();

  /** Name of the recipe. */
  public static final Setting<String> NAME =
      add(text("name", "Name of the recipe, for people.").or("recipe"));

  /** Data set, one of {@link Datasets#names}. */
  public static final Setting<String> DATA =
      add(word("data", Datasets.names(), "Data set; it also gives the number of classes."));

  /** Registered model name, or the name of a family's models of one's own. */
  public static final Setting<String> MODEL =
      add(
          word(
              "model",
              ModelSettings.models(),
              "Model by name; or, with the sizes below, %s."
                  .formatted(ModelSettings.customModels())));

  static {
    ModelSettings.all().forEach(Settings::add);
  }

  /** Rows and columns of the model's input. */
  public static final Setting<Integer> IMAGE_SIZE = ModelSettings.of(Hyperparameter.IMAGE_SIZE);

  /** Channels of the model's input. */
  public static final Setting<Integer> CHANNELS = ModelSettings.of(Hyperparameter.CHANNELS);

  /** Whether there is a distillation token. */
  public static final Setting<Boolean> DISTILLED = ModelSettings.of(Hyperparameter.DISTILLED);

  public static final Setting<String> FINETUNE =
      add(
          path(
                  "finetune",
                  "Weights to start from, a file or folder; none: random ones. The position"
                      + " embedding is resized to image-size.")
              .or(NO_WEIGHTS));

  public static final Setting<Boolean> REPLACE_HEAD =
      add(
          flag(
                  "replace-head",
                  "Fine-tuning: start with new heads, as always when the number of classes differs.")
              .or(false));

  public static final Setting<PositionEmbedding.Method> POSITION_RESIZE =
      add(
          choice(
                  "position-resize",
                  PositionEmbedding.Method.class,
                  "Filter of that resize, also of a teacher's: bicubic as DeiT, or as newer timm.")
              .or(PositionEmbedding.Method.BICUBIC));

  public static final Setting<Boolean> TRAIN_MODE =
      add(
          flag(
                  "train-mode",
                  "false: no dropout and stochastic depth, and without a teacher the heads learn by"
                      + " the mean of their logits: DeiT's original fine-tuning.")
              .or(true));

  public static final Setting<Double> DROP_PATH =
      add(
          rate(
                  "drop-path",
                  "Stochastic depth: rate at which the last block's branches are left out;"
                      + " it grows linearly from 0 at the first.")
              .or(0.1));

  public static final Setting<Integer> EPOCHS =
      add(integer("epochs", 1, 1_000_000, "Passes over the training data.").or(300));

  public static final Setting<Integer> TRAIN_IMAGES =
      add(
          integer(
                  "train-images",
                  0,
                  Integer.MAX_VALUE,
                  "Training images that are used, evenly spaced over all; 0 = all.")
              .or(0));

  public static final Setting<Integer> BATCH =
      add(
          integer("batch", 1, 65_536, "Images that go through the model at once.")
              .or(64)
              .rule(
                  recipe ->
                      "an even number of images in batch x accumulate, which mixup and cutmix pair",
                  recipe ->
                      recipe.effectiveBatch() % 2 == 0 || !AugmentationSettings.mixes(recipe)));

  public static final Setting<Integer> ACCUMULATE =
      add(
          integer(
                  "accumulate",
                  1,
                  65_536,
                  "Such batches per optimizer step; the effective batch is batch x accumulate.")
              .or(1));

  public static final Setting<Boolean> ACTIVATION_CHECKPOINTING =
      add(
          flag(
                  "activation-checkpointing",
                  "Keep only the blocks' outputs and run each block again in the backward pass:"
                      + " less memory, a third more time, the same weights.")
              .or(false));

  public static final Setting<Long> SEED =
      add(longInteger("seed", "Seed of every random draw.").or(0L));

  public static final Setting<Precision> PRECISION =
      add(
          choice(
                  "precision",
                  Precision.class,
                  "In what numbers an NVIDIA device multiplies matrices; the CPU knows fp32 only.")
              .or(Precision.FP32));

  public static final Setting<OptimizerType> OPTIMIZER =
      add(choice("optimizer", OptimizerType.class, "Optimizer.").or(OptimizerType.ADAMW));

  public static final Setting<Double> LR =
      add(number("lr", above(0), "Base learning rate, before lr-scaling.").or(5e-4));

  public static final Setting<RateScaling> LR_SCALING =
      add(
          choice(
                  "lr-scaling",
                  RateScaling.class,
                  "none, or batch: lr is multiplied by the effective batch / 512.")
              .or(RateScaling.BATCH));

  public static final Setting<ScheduleUnit> SCHEDULE =
      add(
          choice(
                  "schedule",
                  ScheduleUnit.class,
                  "Whether the learning rate changes per epoch or per optimizer step.")
              .or(ScheduleUnit.EPOCH));

  public static final Setting<Boolean> SCHEDULE_LAG =
      add(
          flag(
                  "schedule-lag",
                  "Train each epoch with the rate of the one before, as the reference code does.")
              .or(false)
              .rule(
                  recipe -> "false with schedule: step",
                  recipe ->
                      !recipe.get(Settings.SCHEDULE_LAG)
                          || recipe.get(SCHEDULE) == ScheduleUnit.EPOCH));

  public static final Setting<Double> WARMUP_EPOCHS =
      add(number("warmup-epochs", atLeast(0), "Length of the linear warm-up, in epochs.").or(5.0));

  public static final Setting<Double> WARMUP_LR =
      add(
          number("warmup-lr", atLeast(0), "Learning rate at the warm-up's start; not scaled.")
              .or(1e-6));

  public static final Setting<Double> MIN_LR =
      add(number("min-lr", atLeast(0), "Learning rate at the end; not scaled.").or(1e-5));

  public static final Setting<Double> BETA1 =
      add(rate("beta1", "AdamW: decay of the first moment.").or(0.9));

  public static final Setting<Double> BETA2 =
      add(rate("beta2", "AdamW: decay of the second moment.").or(0.999));

  public static final Setting<Double> EPSILON =
      add(number("epsilon", above(0), "AdamW: added to the second moment's root.").or(1e-8));

  public static final Setting<Double> MOMENTUM = add(rate("momentum", "SGD: momentum.").or(0.9));

  public static final Setting<Double> WEIGHT_DECAY =
      add(
          number(
                  "weight-decay",
                  atLeast(0),
                  "Weight decay; none for biases, norms, position embedding and class token.")
              .or(0.05));

  public static final Setting<Boolean> DECAY_DIST_TOKEN =
      add(flag("decay-dist-token", "Whether the distillation token has weight decay.").or(true));

  public static final Setting<Double> CLIP =
      add(number("clip", atLeast(0), "Largest norm of the whole gradient; 0 = off.").or(0.0));

  /** The reference code has 0.99996, but never uses the averages. */
  public static final Setting<Double> EMA_DECAY =
      add(rate("ema-decay", "Decay of the averaged weights; 0 = off.").or(0.0));

  public static final Setting<Double> SMOOTHING =
      add(rate("smoothing", "Label smoothing.").or(0.1));

  public static final Setting<DistillationType> DISTILLATION =
      add(
          choice(
                  "distillation",
                  DistillationType.class,
                  "Learn from a teacher's probabilities (soft), decisions (hard), or not at all;"
                      + " labels: the second token learns the labels, too.")
              .or(DistillationType.NONE));

  public static final Setting<Double> ALPHA =
      add(share("alpha", "Share of the teacher in the loss.").or(0.5));

  public static final Setting<Double> TAU =
      add(number("tau", above(0), "Soft distillation: temperature.").or(1.0));

  public static final Setting<SoftReduction> SOFT_REDUCTION =
      add(
          choice(
                  "soft-reduction",
                  SoftReduction.class,
                  "Soft distillation: divide by images x classes (element, reference code)"
                      + " or images (image, paper).")
              .or(SoftReduction.ELEMENT));

  public static final Setting<Integer> CROP_PADDING =
      add(
          integer("crop-padding", 0, 1024, "Training: pixels added on each side before a crop.")
              .or(0));

  public static final Setting<Double> FLIP =
      add(share("flip", "Training: how often images are mirrored.").or(0.5));

  public static final Setting<Double> CROP_RATIO =
      add(
          number(
                  "crop-ratio",
                  above(0).atMost(1),
                  "Images whose shorter side is not image-size / crop-ratio are resized to it.")
              .or(
                  "0.875 for images in files, else 1",
                  recipe -> Optional.of(Datasets.named(recipe.get(DATA)).cropRatio())));

  public static final Setting<Interpolation> INTERPOLATION =
      add(
          choice("interpolation", Interpolation.class, "Filter of that resize.")
              .or(Interpolation.BICUBIC));

  public static final Setting<List<Double>> MEAN =
      add(
          numbers("mean", atLeast(0).atMost(1), "Mean of the pixels, on the scale 0 to 1.")
              .or("by data", recipe -> Optional.of(RecipeData.defaultMean(recipe)))
              .rule(RecipeData::onePerChannel, RecipeData.hasAllChannels(() -> Settings.MEAN)));

  public static final Setting<List<Double>> STD =
      add(
          numbers("std", above(0).atMost(1), "Standard deviation of the pixels.")
              .or("by data", recipe -> Optional.of(RecipeData.defaultStd(recipe)))
              .rule(RecipeData::onePerChannel, RecipeData.hasAllChannels(() -> Settings.STD)));

  static {
    AugmentationSettings.all().forEach(Settings::add);
  }

  public static final Setting<Integer> CHECKPOINT_EVERY =
      add(
          integer(
                  "checkpoint-every",
                  0,
                  Integer.MAX_VALUE,
                  "Optimizer steps between checkpoints; 0 = only at epoch ends.")
              .or(0));

  public static final Setting<Integer> EVALUATE_EVERY =
      add(integer("evaluate-every", 1, 1_000_000, "Epochs between evaluations.").or(1));

  public static final Setting<Integer> KEEP =
      add(integer("keep", 1, 1000, "Checkpoints that are kept, beside the best.").or(2));

  private Settings() {}

  private static <T> Setting<T> add(Setting<T> setting) {
    ALL.put(setting.key(), setting);
    return setting;
  }

  /** Returns all settings by key, in the order in which recipes are written. */
  public static Map<String, Setting<?>> all() {
    return Collections.unmodifiableMap(ALL);
  }
}
