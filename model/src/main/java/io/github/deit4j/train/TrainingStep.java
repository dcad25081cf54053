package io.github.deit4j.train;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.backend.Backend;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.deit.ImageBatch;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.ImageLosses;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.nn.DropPath;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;

/**
 * Forward, loss and backward of one effective batch. What concerns samples (normalising, targets,
 * draws) is done on the whole; then it goes through the model in parts of {@code micro} images,
 * whose gradients and losses add up in image order. So the size of the parts changes memory, not
 * results.
 */
final class TrainingStep implements AutoCloseable {
  private static final long NO_LIMIT = Long.MAX_VALUE;

  private final Backend backend;
  private final Model model;
  private final DistillationLoss loss;
  private final Teacher teacher;
  private final Normalize normalize;
  private final double smoothing;
  private final int micro;
  private final long seed;
  private final Gradients gradients;
  private final TensorArena batchArena;
  private final TensorArena stepArena;

  TrainingStep(
      Backend backend,
      Model model,
      DistillationLoss loss,
      Teacher teacher,
      Normalize normalize,
      double smoothing,
      int micro,
      long seed) {
    this.backend = backend;
    this.model = model;
    this.loss = loss;
    this.teacher = teacher;
    this.normalize = normalize;
    this.smoothing = smoothing;
    this.micro = micro;
    this.seed = seed;
    this.gradients = new Gradients(backend, model.parameters());
    this.batchArena = backend.arena("batch", NO_LIMIT);
    this.stepArena = backend.arena("step", NO_LIMIT);
  }

  /**
   * Computes the gradients of the mean loss.
   *
   * @param step number of the optimizer step, from 0
   * @return the mean loss
   */
  double run(SampleBatch batch, int step) {
    batchArena.reset();
    int size = batch.size();
    Tensor images =
        ImageBatch.normalized(backend, batchArena, batch.pixels(), size, batch.height(), normalize);
    int classes = model.config().classes();
    Tensor targets = Targets.of(backend, batchArena, batch.labels(), classes, smoothing);
    gradients.clear();
    double sum = 0;
    for (int from = 0; from < size; from += micro) {
      int to = Math.min(size, from + micro);
      for (double value : part(images, targets, from, to, size, step).total()) {
        sum += value;
      }
    }
    return sum / size;
  }

  private ImageLosses part(Tensor images, Tensor targets, int from, int to, int batch, int step) {
    stepArena.reset();
    Tensor input = images.slice(from, to);
    Tensor teacherLogits =
        loss.type().needsTeacher()
            ? teacher.logits(Ops.inference(backend, stepArena), input)
            : null;
    Tape tape = new Tape(backend, stepArena);
    Ops ops = Ops.recording(backend, stepArena, tape);
    ForwardPass pass = ForwardPass.training(ops, new DropPath(seed, step, from));
    Logits logits = model.forward(pass, input);
    ImageLosses losses =
        loss.compute(
            backend, stepArena, tape, logits, targets.slice(from, to), teacherLogits, batch);
    tape.backward();
    return losses;
  }

  /** Returns the gradients that {@link #run} computed. */
  Gradients gradients() {
    return gradients;
  }

  @Override
  public void close() {
    stepArena.close();
    batchArena.close();
  }
}
