package io.github.deit4j.distill;

import io.github.deit4j.autograd.Tape;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;

/**
 * The training loss: {@code (1 − α)·base + α·distillation}, base being the cross entropy of the
 * class head with the targets (Touvron et al. 2021, equations 2 and 3). Without a distillation
 * token the class head learns from the teacher too.
 *
 * @param base what is learned from the targets
 * @param type what is learned from the teacher
 * @param alpha α, weight of the teacher; ignored without distillation
 * @param temperature τ of the soft form
 * @param reduction what the soft form is divided by
 */
public record DistillationLoss(
    BaseLoss base,
    DistillationType type,
    double alpha,
    double temperature,
    SoftReduction reduction) {
  /** What is learned from the targets. */
  public enum BaseLoss {
    /** Their distribution: cross entropy. */
    CROSS_ENTROPY,
    /** Each class by itself: binary cross entropy, DeiT III's loss. */
    BINARY_CROSS_ENTROPY
  }

  /** With the cross entropy. */
  public DistillationLoss(
      DistillationType type, double alpha, double temperature, SoftReduction reduction) {
    this(BaseLoss.CROSS_ENTROPY, type, alpha, temperature, reduction);
  }

  /** What is learned from a teacher. */
  public enum DistillationType {
    /** Nothing. */
    NONE,
    /** Its probabilities at a temperature: Kullback–Leibler divergence (paper, equation 2). */
    SOFT,
    /** Its decision: cross entropy with its most probable class (paper, equation 3). */
    HARD,
    /**
     * Nothing of a teacher, but the labels once more: with a distillation token, the paper's
     * control of a second class token (section 5.2).
     */
    LABELS;

    /** Returns whether there has to be a teacher. */
    public boolean needsTeacher() {
      return this == SOFT || this == HARD;
    }
  }

  /** What the soft distillation loss, a sum over images and classes, is divided by. */
  public enum SoftReduction {
    /** Images times classes, as the reference code does. */
    ELEMENT,
    /** Images, as the paper's formula reads. */
    IMAGE
  }

  /** The loss without a teacher. */
  public static final DistillationLoss NONE =
      new DistillationLoss(DistillationType.NONE, 0, 1, SoftReduction.ELEMENT);

  /** Computes losses as the other method does, of images that all count as much. */
  public ImageLosses compute(
      Backend backend,
      TensorArena arena,
      Tape tape,
      Logits logits,
      Tensor targets,
      Tensor teacher,
      int batch) {
    return compute(backend, arena, tape, logits, WeightedTargets.of(targets), teacher, batch);
  }

  /**
   * Computes losses and starts the backward pass.
   *
   * @param tape receives the gradients of the logits
   * @param arena where the gradients go
   * @param logits of the student
   * @param targets of [B, classes]; their weights are those of the base loss
   * @param teacher the teacher's logits, [B, classes]; null where the type needs none
   * @param batch images of the effective batch, over which the mean is taken; B or more
   * @return the loss of every image, base and total
   */
  public ImageLosses compute(
      Backend backend,
      TensorArena arena,
      Tape tape,
      Logits logits,
      WeightedTargets targets,
      Tensor teacher,
      int batch) {
    Shape shape = logits.classLogits().shape();
    Tensor gradient = arena.allocate(DType.F32, shape);
    Tensor losses = arena.allocate(DType.F64, Shape.of(shape.size(0)));
    double share = type == DistillationType.NONE ? 1 : 1 - alpha;
    learn(backend, losses, gradient, logits.classLogits(), targets, share / batch);
    tape.addGradient(logits.classLogits(), gradient);
    double[] ofTargets = weighted(toArray(backend, losses), targets.imageWeights());
    if (type == DistillationType.NONE) {
      return new ImageLosses(ofTargets, ofTargets);
    }
    Tensor student = logits.distillation() == null ? logits.classLogits() : logits.distillation();
    gradient = arena.allocate(DType.F32, shape);
    losses = arena.allocate(DType.F64, Shape.of(shape.size(0)));
    double weight = alpha;
    if (type == DistillationType.SOFT) {
      weight *= temperature * temperature;
      weight /= reduction == SoftReduction.ELEMENT ? shape.size(1) : 1;
      backend.loss().divergence(losses, gradient, student, teacher, temperature, weight / batch);
    } else if (type == DistillationType.HARD) { // one-hot at its largest logit, never smoothed
      Tensor labels = arena.allocate(DType.F32, teacher.shape());
      backend.loss().hardLabels(labels, teacher);
      backend.loss().crossEntropy(losses, gradient, student, labels, weight / batch);
    } else {
      learn(backend, losses, gradient, student, targets, weight / batch);
    }
    tape.addGradient(student, gradient);
    double[] total = toArray(backend, losses);
    if (type == DistillationType.LABELS) {
      total = weighted(total, targets.imageWeights());
    }
    for (int i = 0; i < total.length; i++) {
      total[i] = weight * total[i] + share * ofTargets[i];
    }
    return new ImageLosses(ofTargets, total);
  }

  /** Computes the base loss of a head. */
  private void learn(
      Backend backend,
      Tensor losses,
      Tensor gradient,
      Tensor x,
      WeightedTargets wanted,
      double factor) {
    Tensor targets = wanted.targets();
    switch (base) {
      case CROSS_ENTROPY -> backend.loss().crossEntropy(losses, gradient, x, targets, factor);
      case BINARY_CROSS_ENTROPY ->
          backend.loss().binaryCrossEntropy(losses, gradient, x, targets, factor);
    }
    if (wanted.imageWeights() != null) {
      Residual perImage = new Residual(null, wanted.imageWeights(), null);
      backend.elementwise().addBranchBackward(gradient, gradient, perImage);
    }
  }

  /** Multiplies losses by the weights of their images. */
  private static double[] weighted(double[] losses, float[] weights) {
    if (weights != null) {
      for (int i = 0; i < losses.length; i++) {
        losses[i] *= weights[i];
      }
    }
    return losses;
  }

  private static double[] toArray(Backend backend, Tensor losses) {
    double[] values = new double[Math.toIntExact(losses.elements())];
    backend.read(MemorySegment.ofArray(values), losses);
    return values;
  }

  /**
   * The losses of a batch, image by image.
   *
   * @param base of the class head with the targets
   * @param total with the teacher's part
   */
  public record ImageLosses(double[] base, double[] total) {}
}
