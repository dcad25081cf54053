package io.github.deit4j.train;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.collective.Collective;
import io.github.deit4j.data.BatchLoader;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Communicator;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.DistillationLoss.BaseLoss;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.distill.WeightedTargets;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.op.Clipping;
import io.github.deit4j.recipe.LossSettings;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.List;

/**
 * Forward, loss and backward of one effective batch, of which each rank has its shard. What
 * concerns samples (targets, draws, mixing) counts from the whole; then they go through the model
 * grain by grain, in parts of at most {@code micro} images, whose gradients and losses add up in
 * image order. So neither the size of the parts nor the number of ranks changes results.
 */
final class TrainingStep implements AutoCloseable {
  private final Backend backend;
  private final Model model;
  private final DistillationLoss loss;
  private final Teacher teacher;
  private final boolean averagesHeads;
  private final Recipe recipe;
  private final double dropout;

  /** Null where all classes count as much. */
  private final float[] classWeights;

  private final int micro;
  private final Gradients gradients;
  private final Shard shard;
  private final BatchLoader.Part samples;
  private final GradientTree tree;
  private final RankMessages messages;

  /** Null where the model has no batch normalisation, or there is one rank. */
  private final BatchStatistics statistics;

  private final StoredImageCuts cuts;
  private final TensorArena batchArena;
  private final TensorArena stepArena;
  private final TensorArena storedArena;

  /** What the heads see of the training images; null where the model computes it. */
  private FrozenFeatures features;

  /** Null without activation checkpointing. */
  private final TensorArena blockArena;

  /**
   * Prepares a recipe's steps.
   *
   * @param teacher null where the recipe needs none
   * @param classWeights how much each class counts in the loss; null for 1
   * @param communicator between the backends of all ranks
   */
  TrainingStep(
      Backend backend,
      Model model,
      Recipe recipe,
      Teacher teacher,
      float[] classWeights,
      Collective ranks,
      Communicator communicator) {
    this.backend = backend;
    this.model = model;
    this.loss = loss(recipe);
    this.teacher = teacher;
    this.classWeights = classWeights;
    this.averagesHeads = Finetuning.averagesHeads(recipe, teacher != null);
    this.recipe = recipe;
    this.dropout = Finetuning.dropout(recipe);
    this.micro = recipe.get(Settings.BATCH);
    this.gradients = new Gradients(backend, model.parameters());
    this.shard = Shard.of(Grains.of(recipe), ranks);
    this.samples = shard.samples(Mixup.of(recipe));
    this.tree = new GradientTree(backend, shard.grains(), gradients, ranks, communicator);
    this.messages = new RankMessages(ranks);
    boolean follows = ranks.size() > 1 && model.config().family().mixesImages();
    this.statistics = follows ? new BatchStatistics(backend, shard, messages) : null;
    try {
      boolean inBlocks = recipe.get(Settings.ACTIVATION_CHECKPOINTING);
      String[] ofAll = {"batch", "step", "stored images"};
      String[] alsoOfBlocks = {"batch", "step", "stored images", "block"};
      List<TensorArena> arenas = backend.arenas(inBlocks ? alsoOfBlocks : ofAll);
      batchArena = arenas.get(0);
      stepArena = arenas.get(1);
      storedArena = arenas.get(2);
      blockArena = inBlocks ? arenas.get(3) : null;
    } catch (RuntimeException | Error e) {
      tree.close();
      throw e;
    }
    this.cuts = new StoredImageCuts(backend, storedArena);
  }

  private static DistillationLoss loss(Recipe recipe) {
    return new DistillationLoss(
        recipe.get(LossSettings.BCE_LOSS) ? BaseLoss.BINARY_CROSS_ENTROPY : BaseLoss.CROSS_ENTROPY,
        recipe.get(Settings.DISTILLATION),
        recipe.get(Settings.ALPHA),
        recipe.get(Settings.TAU),
        recipe.get(Settings.SOFT_REDUCTION));
  }

  /** Returns which samples of each effective batch {@link #run} has to be given. */
  BatchLoader.Part samples() {
    return samples;
  }

  /** From here on the model is given what its heads see of images, not images. */
  void take(FrozenFeatures ofTrainingImages) {
    features = ofTrainingImages;
  }

  /**
   * Computes the gradients of the mean loss, on all ranks.
   *
   * @param batch this rank's {@link #samples}
   * @param step number of the optimizer step, from 0
   * @param clipping of the gradients
   */
  StepResult run(SampleBatch batch, int step, Clipping clipping) throws InterruptedException {
    batchArena.reset();
    Grains grains = shard.grains();
    var images = new AugmentedBatch(backend, batchArena, cuts, batch, samples.positions(), recipe);
    var result = new StepResult(batchArena, loss, model.config().classes(), shard, messages);
    tree.begin();
    for (int grain = shard.firstGrain(); grain < shard.endGrain(); grain++) {
      tree.beginGrain();
      int end = grains.firstImage(grain + 1);
      for (int from = grains.firstImage(grain); from < end; from += micro) {
        int to = Math.min(end, from + micro);
        tree.beginPart(grain, to == end);
        part(images, from, to, step, result);
      }
      tree.endGrain(grain);
    }
    tree.sum();
    if (statistics != null && features == null) {
      statistics.update(batchArena);
    }
    gradients.scale(result.scale(), clipping);
    result.read(backend);
    return result;
  }

  private void part(AugmentedBatch images, int from, int to, int step, StepResult result) {
    stepArena.reset();
    Tensor input = features == null ? images.images(stepArena, from, to) : null;
    WeightedTargets targets =
        images.targets(stepArena, model.config().classes(), classWeights, from, to);
    Tensor teacherLogits =
        loss.type().needsTeacher()
            ? teacher.logits(Ops.inference(backend, stepArena), input, images.place(from))
            : null;
    Tape tape = new Tape(backend, stepArena, tree::grown);
    Ops ops = Ops.recording(backend, stepArena, tape);
    long seed = recipe.get(Settings.SEED);
    ForwardPass pass =
        ForwardPass.training(ops, new Draws(seed, step, from, dropout)).followedBy(statistics);
    if (blockArena != null) {
      pass = pass.checkpointing(blockArena);
    }
    Logits logits =
        features == null
            ? model.forward(pass, input)
            : model.logits(pass, features.of(stepArena, images.indices(from, to)));
    if (averagesHeads) {
      logits = new Logits(ops.mean(logits.classLogits(), logits.distillation()), null);
    }
    loss.compute(
        backend,
        stepArena,
        tape,
        logits,
        targets,
        teacherLogits,
        shard.grains().images(),
        result.losses(from, to, targets.imageWeights()));
    tape.backward();
  }

  @Override
  public void close() {
    try (tree;
        batchArena;
        stepArena;
        storedArena;
        blockArena) {
      // All are closed, even if one fails.
    }
  }
}
