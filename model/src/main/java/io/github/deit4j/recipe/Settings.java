package io.github.deit4j.recipe;

import static io.github.deit4j.recipe.SettingTable.Range.above;
import static io.github.deit4j.recipe.SettingTable.Range.atLeast;
import static io.github.deit4j.recipe.SettingTable.choice;
import static io.github.deit4j.recipe.SettingTable.flag;
import static io.github.deit4j.recipe.SettingTable.integer;
import static io.github.deit4j.recipe.SettingTable.longInteger;
import static io.github.deit4j.recipe.SettingTable.number;
import static io.github.deit4j.recipe.SettingTable.numbers;
import static io.github.deit4j.recipe.SettingTable.path;
import static io.github.deit4j.recipe.SettingTable.pattern;
import static io.github.deit4j.recipe.SettingTable.rate;
import static io.github.deit4j.recipe.SettingTable.share;
import static io.github.deit4j.recipe.SettingTable.text;
import static io.github.deit4j.recipe.SettingTable.word;

import io.github.deit4j.data.decode.JpegDecoder;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.device.Precision;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.nn.Hyperparameter;
import io.github.deit4j.op.PixelOps.Erasure;
import io.github.deit4j.weights.PositionEmbedding;
import java.util.List;
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

  /** How a training image gets the model's size. */
  public enum TrainCrop {
    /** A random part of random size and aspect ratio is resized. */
    RANDOM_RESIZED,
    /** The image is resized as for evaluation and a random square cut out. */
    RANDOM,
    /** As for evaluation. */
    CENTER
  }

  /** What shares one draw of mixup or CutMix. */
  public enum MixupMode {
    /** All images of a group, or of the effective batch. */
    BATCH,
    /** An image and its partner. */
    PAIR,
    /** Nothing: each image has its own. */
    ELEM
  }

  /** Into how many sums an effective batch is cut: as many machines may share a step. */
  private static final int GRAINS = 16;

  /** Of fewer small images a product is too small to be fast. */
  private static final int LEAST_GRAIN = 32;

  private static final SettingTable TABLE = new SettingTable();
  private static final long LARGEST_RESIZED_SIDE = InputBudget.STANDARD.most(Limit.RESIZED_SIDE);

  /** Name of the recipe. */
  public static final Setting<String> NAME =
      TABLE.add(text("name", "recipe"), "Name of the recipe, for people.");

  /** Data set, one of {@link Datasets#names}. */
  public static final Setting<String> DATA =
      TABLE.add(word("data", Datasets.names()), "Data set; it also gives the number of classes.");

  /** Registered model name, or the name of a family's models of one's own. */
  public static final Setting<String> MODEL =
      TABLE.add(
          word("model", ModelSettings.models()),
          "Model by name; or, with the sizes below, %s.".formatted(ModelSettings.customModels()));

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
          "Weights to start from, a file or folder; none: random ones. The position"
              + " embedding is resized to image-size.");

  public static final Setting<Boolean> REPLACE_HEAD =
      TABLE.add(
          flag("replace-head", false),
          "Fine-tuning: start with new heads, as always when the number of classes differs.");

  public static final Setting<PositionEmbedding.Method> POSITION_RESIZE =
      TABLE.add(
          choice("position-resize", PositionEmbedding.Method.BICUBIC),
          "Filter of that resize, also of a teacher's: bicubic as DeiT, or as newer timm.");

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

  public static final Setting<Integer> EPOCHS =
      TABLE.add(integer("epochs", 300, 1, 1_000_000), "Passes over the training data.");

  public static final Setting<Integer> TRAIN_IMAGES =
      TABLE.add(
          integer("train-images", 0, 0, Integer.MAX_VALUE),
          "Training images that are used, evenly spaced over all; 0 = all.");

  public static final Setting<Integer> BATCH =
      TABLE
          .add(integer("batch", 64, 1, 65_536), "Images that go through the model at once.")
          .rule(
              recipe ->
                  "an even number of images in batch x accumulate, which mixup and cutmix pair",
              (value, recipe) -> recipe.effectiveBatch() % 2 == 0 || !mixes(recipe));

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

  public static final Setting<Integer> CROP_PADDING =
      TABLE.add(
          integer("crop-padding", 0, 0, 1024),
          "Training: pixels added on each side before a crop.");

  public static final Setting<Double> FLIP =
      TABLE.add(share("flip", 0.5), "Training: how often images are mirrored.");

  public static final Setting<Double> CROP_RATIO =
      TABLE
          .add(
              number("crop-ratio", null, above(0).atMost(1)),
              "Images whose shorter side is not image-size / crop-ratio are resized to it.")
          .or(
              "0.875 for images in files, else 1",
              recipe -> Datasets.named(recipe.get(DATA)).cropRatio())
          .rule(
              recipe -> "at least image-size / " + LARGEST_RESIZED_SIDE,
              (ratio, recipe) -> recipe.get(IMAGE_SIZE) / ratio < LARGEST_RESIZED_SIDE + 1);

  public static final Setting<Interpolation> INTERPOLATION =
      TABLE.add(choice("interpolation", Interpolation.BICUBIC), "Filter of that resize.");

  public static final Setting<Rounding> CROP_ROUNDING =
      TABLE.add(
          choice("crop-rounding", Rounding.EVEN),
          "Middle square: begin at an even offset, as newer torchvision, or round half a pixel"
              + " up, as torchvision 0.8 (reference code).");

  public static final Setting<List<Double>> MEAN =
      TABLE
          .add(numbers("mean", atLeast(0).atMost(1)), "Mean of the pixels, on the scale 0 to 1.")
          .or("by data", recipe -> RecipeData.perChannel(recipe, Normalize::mean))
          .rule(RecipeData::onePerChannel, RecipeData::hasAllChannels);

  public static final Setting<List<Double>> STD =
      TABLE
          .add(numbers("std", above(0).atMost(1)), "Standard deviation of the pixels.")
          .or("by data", recipe -> RecipeData.perChannel(recipe, Normalize::std))
          .rule(RecipeData::onePerChannel, RecipeData::hasAllChannels);

  /** How training images get the model's size. */
  public static final Setting<TrainCrop> TRAIN_CROP =
      TABLE
          .add(
              choice("train-crop", TrainCrop.class),
              "Training: resize a random part (random-resized), cut a random square of the"
                  + " resized image (random), or its middle (center).")
          .or(
              "random-resized for image-size above 32, else random",
              recipe -> recipe.get(IMAGE_SIZE) > 32 ? TrainCrop.RANDOM_RESIZED : TrainCrop.RANDOM);

  public static final Setting<Double> CROP_MIN_AREA =
      TABLE.add(
          number("crop-min-area", 0.08, above(0).atMost(1)),
          "Training: least share of the image's area that random-resized takes.");

  public static final Setting<Interpolation> TRAIN_INTERPOLATION =
      TABLE
          .add(
              choice("train-interpolation", Interpolation.class),
              "Training: filter of the resize and of turning, shearing and shifting.")
          .or("as interpolation", recipe -> recipe.get(INTERPOLATION));

  public static final Setting<String> AUTO_AUGMENT =
      TABLE.add(
          pattern(
              "auto-augment",
              RecipeData.NO_AUTO_AUGMENT,
              RecipeData.AUTO_AUGMENT,
              "none, original (AutoAugment), 3a (3-Augment) or, as in rand-m9-mstd0.5-inc1,"
                  + " rand-m[-n][-mstd]-inc1"),
          "Training: RandAugment (paper: rand-m9-mstd0.5-inc1), AutoAugment, or DeiT III's"
              + " 3-Augment.");

  public static final Setting<Double> COLOR_JITTER =
      TABLE
          .add(
              number("color-jitter", 0.0, atLeast(0).atMost(10)),
              "Training: how far brightness, contrast and saturation go from 1; 0 = off;"
                  + " with no other auto-augment than 3a.")
          .rule(
              recipe -> "0 with auto-augment: " + recipe.get(AUTO_AUGMENT),
              (value, recipe) ->
                  value == 0 || RecipeData.WITH_JITTER.contains(recipe.get(AUTO_AUGMENT)));

  public static final Setting<Double> ERASE =
      TABLE.add(
          share("erase", 0.0),
          "Random erasing: how often an image has erased boxes; 0 = off (paper: 0.25).");

  public static final Setting<Erasure.Fill> ERASE_MODE =
      TABLE.add(
          choice("erase-mode", Erasure.Fill.PIXEL),
          "Random erasing: fill with zero (const), a normal number per channel (rand) or"
              + " per pixel (pixel).");

  public static final Setting<Integer> ERASE_COUNT =
      TABLE.add(integer("erase-count", 1, 1, 10), "Random erasing: most boxes of an image.");

  public static final Setting<Double> MIXUP =
      TABLE.add(
          number("mixup", 0.0, atLeast(0).atMost(100)),
          "Mixup: alpha of the share's Beta(alpha, alpha); 0 = off (paper: 0.8).");

  public static final Setting<Double> CUTMIX =
      TABLE.add(
          number("cutmix", 0.0, atLeast(0).atMost(100)),
          "CutMix: alpha of the share's Beta(alpha, alpha); 0 = off (paper: 1).");

  public static final Setting<Double> CUTMIX_MIN =
      TABLE
          .add(
              share("cutmix-min", 0.0),
              "CutMix: least share of the image's side for the box's, with cutmix-max.")
          .rule(
              recipe -> "at most cutmix-max " + recipe.get(Settings.CUTMIX_MAX),
              (value, recipe) -> value <= recipe.get(Settings.CUTMIX_MAX));

  public static final Setting<Double> CUTMIX_MAX =
      TABLE.add(
          share("cutmix-max", 0.0),
          "CutMix: largest such share, which turns CutMix on by itself; 0 = boxes by area.");

  public static final Setting<Double> MIXUP_PROB =
      TABLE.add(share("mixup-prob", 1.0), "How often there is mixup or CutMix where they are on.");

  public static final Setting<Double> MIXUP_SWITCH_PROB =
      TABLE.add(share("mixup-switch-prob", 0.5), "How often it is CutMix where both are on.");

  public static final Setting<MixupMode> MIXUP_MODE =
      TABLE.add(
          choice("mixup-mode", MixupMode.BATCH),
          "Draw the mixing for each group of images (batch), pair of images, or image (elem).");

  public static final Setting<Integer> MIXUP_GROUP =
      TABLE
          .add(
              integer("mixup-group", 0, 0, Integer.MAX_VALUE),
              "Images that are mixed among themselves, as those of one process are in the"
                  + " reference code; 0 = the whole effective batch.")
          .rule(
              recipe ->
                  "0 or an even number that divides batch x accumulate, " + recipe.effectiveBatch(),
              (value, recipe) ->
                  !mixes(recipe)
                      || value == 0
                      || value % 2 == 0 && recipe.effectiveBatch() % value == 0);

  public static final Setting<Integer> REPEATED_AUG =
      TABLE.add(
          integer("repeated-aug", 1, 1, 100),
          "Repeated augmentation: how many times in a row an image is taken; the epoch"
              + " stays as long; 1 = off (paper: 3).");

  public static final Setting<Double> DROPOUT =
      TABLE.add(
          rate("dropout", 0.0),
          "Rate of dropout behind embedding, attention and both layers of the MLP; 0 = off.");

  public static final Setting<JpegDecoder> JPEG_DECODER =
      TABLE
          .add(
              choice("jpeg-decoder", JpegDecoder.class),
              "Decoder of JPEG files; another one may give slightly other pixels.")
          .or(
              "turbojpeg where libjpeg-turbo is installed, else imageio",
              recipe -> JpegDecoder.best());

  public static final Setting<Boolean> EXIF_ORIENTATION =
      TABLE.add(
          flag("exif-orientation", false),
          "Turn pictures upright as their EXIF data say, in training and, by the weights'"
              + " metadata, ever after; the reference code takes them as they are stored.");

  public static final Setting<Boolean> REDUCED_DECODE =
      TABLE.add(
          flag("reduced-decode", false),
          "Training, turbojpeg: decode large images at 1/2, 1/4 or 1/8 of their size where"
              + " the crop allows it; faster, slightly other pixels.");

  public static final Setting<Integer> CHECKPOINT_EVERY =
      TABLE.add(
          integer("checkpoint-every", 0, 0, Integer.MAX_VALUE),
          "Optimizer steps between checkpoints, beside those at epoch ends; 0 = off.");

  public static final Setting<Integer> CHECKPOINT_MINUTES =
      TABLE.add(
          integer("checkpoint-minutes", 15, 0, 1_000_000),
          "Minutes after a checkpoint until the next one, at the end of a step; 0 = off.");

  public static final Setting<Integer> EVALUATE_EVERY =
      TABLE.add(integer("evaluate-every", 1, 1, 1_000_000), "Epochs between evaluations.");

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

  /** Returns whether images are mixed in pairs. */
  static boolean mixes(Recipe recipe) {
    return recipe.get(MIXUP) > 0 || recipe.get(CUTMIX) > 0 || recipe.get(CUTMIX_MAX) > 0;
  }
}
