package io.github.deit4j.recipe;

import static io.github.deit4j.recipe.SettingTable.Range.above;
import static io.github.deit4j.recipe.SettingTable.Range.atLeast;
import static io.github.deit4j.recipe.SettingTable.choice;
import static io.github.deit4j.recipe.SettingTable.flag;
import static io.github.deit4j.recipe.SettingTable.integer;
import static io.github.deit4j.recipe.SettingTable.longInteger;
import static io.github.deit4j.recipe.SettingTable.number;
import static io.github.deit4j.recipe.SettingTable.path;
import static io.github.deit4j.recipe.SettingTable.pattern;
import static io.github.deit4j.recipe.SettingTable.rate;
import static io.github.deit4j.recipe.SettingTable.share;
import static io.github.deit4j.recipe.SettingTable.text;
import static io.github.deit4j.recipe.SettingTable.word;

import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.device.Precision;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.nn.Hyperparameter;
import io.github.deit4j.weights.PositionEmbedding;
import java.util.Map;

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
    /** Gradient descent with Nesterov's momentum. */
    SGD,
    /** Gradient descent with plain momentum. */
    MOMENTUM,
    /** AdamW's direction, its length by the norms of parameter and direction. */
    LAMB
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

  /** Which weights a run ends with. */
  public enum Selection {
    /** Those of the last step. */
    LAST,
    /** Those that did best on the images to evaluate on. */
    BEST
  }

  /** How often an epoch takes the images of a class. */
  public enum Sampling {
    /** As many times as there are images of it. */
    UNIFORM,
    /** As often as any other class. */
    BALANCED
  }

  /** Into how many sums an effective batch is cut: as many machines may share a step. */
  private static final int GRAINS = 16;

  /** Of fewer small images a product is too small to be fast. */
  private static final int LEAST_GRAIN = 32;

  private static final SettingTable TABLE = new SettingTable();

  /** Name of the recipe. */
  public static final Setting<String> NAME =
      TABLE.add(text("name", "recipe"), "Name of the recipe, for people.");

  /** Whether what is not given is chosen by the data, see {@link Recipe#fitted}. */
  public static final Setting<Boolean> FIT_TO_DATA =
      TABLE.add(
          flag("fit-to-data", false),
          "Choose what is not given by the number of training images: epochs, batch, lr, warm-up,"
              + " augmentation; and the model: that of finetune's weights, or a small one.");

  /** Data set, one of {@link Datasets#names}. */
  public static final Setting<String> DATA =
      TABLE.add(word("data", Datasets.names()), "Data set; it also gives the number of classes.");

  /** Registered model name, or the name of a family's models of one's own. */
  public static final Setting<String> MODEL =
      TABLE
          .add(
              word("model", ModelSettings.models()),
              "Model by name; or, with the sizes below, %s."
                  .formatted(ModelSettings.customModels()))
          .or(
              "%s with fit-to-data: true, else none".formatted(DataFit.MODEL),
              recipe -> recipe.get(FIT_TO_DATA) ? DataFit.MODEL : null);

  static {
    TABLE.addAll(ModelSettings.TABLE);
  }

  /** Rows and columns of the model's input. */
  public static final Setting<Integer> IMAGE_SIZE = ModelSettings.of(Hyperparameter.IMAGE_SIZE);

  /** Channels of the model's input. */
  public static final Setting<Integer> CHANNELS = ModelSettings.of(Hyperparameter.CHANNELS);

  /** Whether there is a distillation token. */
  public static final Setting<Boolean> DISTILLED = ModelSettings.of(Hyperparameter.DISTILLED);

  public static final Setting<String> FINETUNE =
      TABLE.add(
          path("finetune", NO_WEIGHTS),
          "Weights to start from, a file, a folder or the name of published ones; none: random ones."
              + " The position embedding is resized to image-size.");

  public static final Setting<Boolean> REPLACE_HEAD =
      TABLE.add(
          flag("replace-head", false),
          "Fine-tuning: start with new heads, as always when the number of classes differs.");

  public static final Setting<PositionEmbedding.Method> POSITION_RESIZE =
      TABLE.add(
          choice("position-resize", PositionEmbedding.Method.BICUBIC),
          "Filter of that resize, also of a teacher's: bicubic as DeiT, or as newer timm.");

  /** What of finetune's weights stays as it is, see {@link Freeze}. */
  public static final Setting<String> FREEZE =
      TABLE
          .add(
              pattern(
                  "freeze",
                  Freeze.NONE,
                  Freeze.VALUES,
                  "none, backbone, or N: a number of blocks of at least 1"),
              "Fine-tuning: leave all but the heads as it is (backbone), whose output is then computed"
                  + " once for each image, or all up to block N.")
          .rule(Freeze::expectation, (value, recipe) -> Freeze.misfit(recipe).isEmpty());

  public static final Setting<Boolean> TRAIN_MODE =
      TABLE.add(
          flag("train-mode", true),
          "false: no dropout and stochastic depth, and without a teacher the heads learn by"
              + " the mean of their logits: DeiT's original fine-tuning.");

  public static final Setting<Double> DROP_PATH =
      TABLE.add(
          rate("drop-path", 0.1),
          "Stochastic depth: rate at which the last block's branches are left out;"
              + " it grows linearly from 0 at the first; DeiT III: the same in all.");

  public static final Setting<Double> DROPOUT =
      TABLE.add(
          rate("dropout", 0.0),
          "Rate of dropout behind embedding, attention and both layers of the MLP; 0 = off.");

  public static final Setting<Integer> EPOCHS =
      TABLE.add(integer("epochs", 300, 1, 1_000_000), "Passes over the training data.");

  public static final Setting<Integer> TRAIN_IMAGES =
      TABLE.add(
          integer("train-images", 0, 0, Integer.MAX_VALUE),
          "Training images that are used, evenly spaced over all; 0 = all.");

  public static final Setting<Sampling> SAMPLING =
      TABLE.add(
          choice("sampling", Sampling.UNIFORM),
          "How often an epoch takes a class: as it has images (uniform), or each equally often"
              + " (balanced), images of small classes again and again.");

  public static final Setting<Double> VAL_SPLIT =
      TABLE.add(
          rate("val-split", 0.0),
          "Share of each class's training images that is held out to evaluate on, drawn by the seed,"
              + " where the data has no split val; 0 = none.");

  public static final Setting<Integer> BATCH =
      TABLE
          .add(integer("batch", 64, 1, 65_536), "Images that go through the model at once.")
          .rule(
              recipe ->
                  "an even number of images in batch x accumulate, which mixup and cutmix pair",
              (value, recipe) -> recipe.effectiveBatch() % 2 == 0 || !ImageSettings.mixes(recipe));

  public static final Setting<Integer> ACCUMULATE =
      TABLE.add(
          integer("accumulate", 1, 1, 65_536),
          "Such batches per optimizer step; the effective batch is batch x accumulate.");

  public static final Setting<Integer> GRAIN =
      TABLE
          .add(
              integer("grain", null, 1, Integer.MAX_VALUE),
              "Images whose gradients are one sum; the sums of an effective batch are added as a"
                  + " tree, whatever the number of ranks, of which each needs one at least.")
          .or(
              "a sixteenth of the effective batch, or the next power of two, 32 at least; with"
                  + " batch norm: batch",
              Settings::defaultGrain)
          .rule(
              recipe -> "batch, %d, in a model with batch norm".formatted(recipe.get(BATCH)),
              (value, recipe) ->
                  !ModelSettings.mixesImages(recipe) || value.equals(recipe.get(BATCH)));

  public static final Setting<Boolean> ACTIVATION_CHECKPOINTING =
      TABLE.add(
          flag("activation-checkpointing", false),
          "Keep only the blocks' outputs and run each block again in the backward pass:"
              + " less memory, a third more time, the same weights.");

  public static final Setting<Long> SEED =
      TABLE.add(longInteger("seed", 0L), "Seed of every random draw.");

  public static final Setting<Precision> PRECISION =
      TABLE.add(
          choice("precision", Precision.FP32),
          "In what numbers linear layers and attention multiply: fp32; bf16, with weights kept in"
              + " fp32; tf32 on NVIDIA devices.");

  public static final Setting<OptimizerType> OPTIMIZER =
      TABLE.add(
          choice("optimizer", OptimizerType.ADAMW),
          "Optimizer, by timm's names: sgd has Nesterov's momentum, momentum the plain one.");

  public static final Setting<Double> LR =
      TABLE.add(number("lr", 5e-4, above(0)), "Base learning rate, before lr-scaling.");

  public static final Setting<RateScaling> LR_SCALING =
      TABLE.add(
          choice("lr-scaling", RateScaling.BATCH),
          "none, or batch: lr is multiplied by the effective batch / 512.");

  public static final Setting<Double> LAYER_DECAY =
      TABLE.add(
          number("layer-decay", 1.0, above(0).atMost(1)),
          "By what the learning rate is multiplied from layer to layer, from the heads down, as timm"
              + " has it; 1 = the same rate everywhere.");

  public static final Setting<ScheduleUnit> SCHEDULE =
      TABLE.add(
          choice("schedule", ScheduleUnit.EPOCH),
          "Whether the learning rate changes per epoch or per optimizer step.");

  public static final Setting<Boolean> SCHEDULE_LAG =
      TABLE
          .add(
              flag("schedule-lag", false),
              "Train each epoch with the rate of the one before, as the reference code does.")
          .rule(
              recipe -> "false with schedule: step",
              (value, recipe) -> !value || recipe.get(SCHEDULE) == ScheduleUnit.EPOCH);

  public static final Setting<Double> WARMUP_EPOCHS =
      TABLE.add(
          number("warmup-epochs", 5.0, atLeast(0)), "Length of the linear warm-up, in epochs.");

  public static final Setting<Double> WARMUP_LR =
      TABLE.add(
          number("warmup-lr", 1e-6, atLeast(0)),
          "Learning rate at the warm-up's start; not scaled.");

  public static final Setting<Double> MIN_LR =
      TABLE.add(number("min-lr", 1e-5, atLeast(0)), "Learning rate at the end; not scaled.");

  public static final Setting<Double> BETA1 =
      TABLE.add(rate("beta1", 0.9), "adamw, lamb: decay of the first moment.");

  public static final Setting<Double> BETA2 =
      TABLE.add(rate("beta2", 0.999), "adamw, lamb: decay of the second moment.");

  public static final Setting<Double> EPSILON =
      TABLE.add(
          number("epsilon", 1e-8, above(0)), "adamw, lamb: added to the second moment's root.");

  public static final Setting<Double> MOMENTUM =
      TABLE.add(rate("momentum", 0.9), "sgd, momentum: decay of the velocity.");

  public static final Setting<Boolean> BIAS_CORRECTION =
      TABLE.add(
          flag("bias-correction", true), "lamb: correct the moments for having started at zero.");

  public static final Setting<Boolean> ALWAYS_ADAPT =
      TABLE.add(
          flag("always-adapt", false),
          "lamb: adapt parameters without weight decay to norms, too.");

  public static final Setting<Boolean> TRUST_CLIP =
      TABLE.add(flag("trust-clip", false), "lamb: let the norms shorten a step only.");

  public static final Setting<Double> WEIGHT_DECAY =
      TABLE.add(
          number("weight-decay", 0.05, atLeast(0)),
          "Weight decay; none for biases, norms, position embedding and class token.");

  public static final Setting<Boolean> DECAY_DIST_TOKEN =
      TABLE.add(flag("decay-dist-token", true), "Whether the distillation token has weight decay.");

  public static final Setting<Double> CLIP =
      TABLE
          .add(number("clip", null, atLeast(0)), "Largest norm of the whole gradient; 0 = off.")
          .or(
              "1 with optimizer: lamb, else 0",
              recipe -> recipe.get(OPTIMIZER) == OptimizerType.LAMB ? 1.0 : 0.0);

  /** The reference code has 0.99996, but never uses the averages. */
  public static final Setting<Double> EMA_DECAY =
      TABLE.add(rate("ema-decay", 0.0), "Decay of the averaged weights; 0 = off.");

  static {
    TABLE.addAll(LossSettings.TABLE);
  }

  public static final Setting<DistillationType> DISTILLATION =
      TABLE.add(
          choice("distillation", DistillationType.NONE),
          "Learn from a teacher's probabilities (soft), decisions (hard), or not at all;"
              + " labels: the second token learns the labels, too.");

  public static final Setting<Double> ALPHA =
      TABLE.add(share("alpha", 0.5), "Share of the teacher in the loss.");

  public static final Setting<Double> TAU =
      TABLE.add(number("tau", 1.0, above(0)), "Soft distillation: temperature.");

  public static final Setting<SoftReduction> SOFT_REDUCTION =
      TABLE.add(
          choice("soft-reduction", SoftReduction.ELEMENT),
          "Soft distillation: divide by images x classes (element, reference code)"
              + " or images (image, paper).");

  static {
    TABLE.addAll(ImageSettings.TABLE);
  }

  public static final Setting<Integer> CHECKPOINT_EVERY =
      TABLE.add(
          integer("checkpoint-every", 0, 0, Integer.MAX_VALUE),
          "Optimizer steps between checkpoints, beside those at epoch ends; 0 = off.");

  public static final Setting<Integer> CHECKPOINT_MINUTES =
      TABLE.add(
          integer("checkpoint-minutes", 15, 0, 1_000_000),
          "Minutes after a checkpoint until the next one, at the end of a step; 0 = off.");

  public static final Setting<Boolean> TENSORBOARD =
      TABLE.add(
          flag("tensorboard", false),
          "Also write the metrics as event files that TensorBoard reads.");

  public static final Setting<Integer> EVALUATE_EVERY =
      TABLE.add(integer("evaluate-every", 1, 1, 1_000_000), "Epochs between evaluations.");

  public static final Setting<Selection> SELECT =
      TABLE.add(
          choice("select", Selection.LAST),
          "Which weights become model.safetensors: the last ones, or the best by top-1 (of equal ones"
              + " by loss) on the images to evaluate on, which must not be a split test.");

  public static final Setting<Integer> EARLY_STOP =
      TABLE.add(
          integer("early-stop", 0, 0, 1_000_000),
          "Evaluations in a row that are no better and end the run, compared as for select; 0 = off;"
              + " not by a split test.");

  public static final Setting<Integer> KEEP =
      TABLE.add(
          integer("keep", 2, 1, 1000),
          "Checkpoints that are kept, beside the best; of 1 the one before stays until the run's end.");

  private Settings() {}

  /** Returns all settings by key, in the order in which recipes are written. */
  public static Map<String, Setting<?>> all() {
    return TABLE.all();
  }

  private static int defaultGrain(Recipe recipe) {
    if (ModelSettings.mixesImages(recipe)) {
      return recipe.get(BATCH);
    }
    int grain = LEAST_GRAIN;
    while ((long) grain * GRAINS < recipe.effectiveBatch()) {
      grain *= 2;
    }
    return grain;
  }
}
