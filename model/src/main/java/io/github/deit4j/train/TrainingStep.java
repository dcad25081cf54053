package io.github.deit4j.train;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.collective.Single;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.DistillationLoss.BaseLoss;
import io.github.deit4j.distill.DistillationLoss.ImageLosses;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;

/**
 * Forward, loss and backward of one effective batch. What concerns samples (targets, draws, mixing)
 * counts from the whole; then it goes through the model grain by grain, in parts of at most {@code
 * micro} images, whose gradients and losses add up in image order. So the size of the parts changes
 * memory, not results.
 */
final class TrainingStep implements AutoCloseable {
  private final Backend backend;
  private final Model model;
  private final DistillationLoss loss;
  private final Teacher teacher;
  private final boolean averagesHeads;
  private final Recipe recipe;
  private final double dropout;
  private final int micro;
  private final Gradients gradients;
  private final Grains grains;
  private final GradientTree tree;
  private final TensorArena batchArena;
  private final TensorArena stepArena;

  /** Null without activation checkpointing. */
  private final TensorArena blockArena;

  /** Prepares a recipe's steps; the teacher is null where it needs none. */
  TrainingStep(Backend backend, Model model, Recipe recipe, Teacher teacher) {
    this.backend = backend;
    this.model = model;
    this.loss = loss(recipe);
    this.teacher = teacher;
    this.averagesHeads = Finetuning.averagesHeads(recipe, teacher != null);
    this.recipe = recipe;
    this.dropout = Finetuning.dropout(recipe);
    this.micro = recipe.get(Settings.BATCH);
    this.gradients = new Gradients(backend, model.parameters());
    this.grains = Grains.of(recipe);
    this.tree = new GradientTree(backend, grains, gradients, new Single());
    this.batchArena = backend.arena("batch");
    this.stepArena = backend.arena("step");
    this.blockArena = recipe.get(Settings.ACTIVATION_CHECKPOINTING) ? backend.arena("block") : null;
  }

  private static DistillationLoss loss(Recipe recipe) {
    return new DistillationLoss(
        recipe.get(Settings.BCE_LOSS) ? BaseLoss.BINARY_CROSS_ENTROPY : BaseLoss.CROSS_ENTROPY,
        recipe.get(Settings.DISTILLATION),
        recipe.get(Settings.ALPHA),
        recipe.get(Settings.TAU),
        recipe.get(Settings.SOFT_REDUCTION));
  }

  /**
   * Computes the gradients of the mean loss.
   *
   * @param step number of the optimizer step, from 0
   * @return the mean loss
   */
  double run(SampleBatch batch, int step) throws InterruptedException {
    batchArena.reset();
    int size = batch.size();
    var images = new AugmentedBatch(backend, batchArena, batch, recipe);
    Tensor targets = images.targets(batchArena, model.config().classes());
    double sum = 0;
    tree.begin();
    for (int grain = 0; grain < grains.count(); grain++) {
      tree.beginGrain();
      int end = grains.firstImage(grain + 1);
      for (int from = grains.firstImage(grain); from < end; from += micro) {
        int to = Math.min(end, from + micro);
        for (double value : part(images, targets, from, to, size, step).total()) {
          sum += value;
        }
      }
      tree.endGrain(grain);
    }
    tree.sum();
    return sum / size;
  }

  private ImageLosses part(
      AugmentedBatch images, Tensor targets, int from, int to, int batch, int step) {
    stepArena.reset();
    Tensor input = images.images(stepArena, from, to);
    Tensor teacherLogits =
        loss.type().needsTeacher()
            ? teacher.logits(Ops.inference(backend, stepArena), input)
            : null;
    Tape tape = new Tape(backend, stepArena);
    Ops ops = Ops.recording(backend, stepArena, tape);
    long seed = recipe.get(Settings.SEED);
    ForwardPass pass = ForwardPass.training(ops, new Draws(seed, step, from, dropout));
    if (blockArena != null) {
      pass = pass.checkpointing(blockArena);
    }
    Logits logits = logits(pass, input);
    ImageLosses losses =
        loss.compute(
            backend, stepArena, tape, logits, targets.slice(from, to), teacherLogits, batch);
    tape.backward();
    return losses;
  }

  private Logits logits(ForwardPass pass, Tensor input) {
    Logits logits = model.forward(pass, input);
    return averagesHeads
        ? new Logits(pass.ops().mean(logits.classLogits(), logits.distillation()), null)
        : logits;
  }

  /** Returns the gradients that {@link #run} computed. */
  Gradients gradients() {
    return gradients;
  }

  @Override
  public void close() {
    if (blockArena != null) {
      blockArena.close();
    }
    stepArena.close();
    batchArena.close();
    tree.close();
  }
}
