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
    LossTensors losses = losses(arena, shape.size(0));
    compute(backend, arena, tape, logits, targets, teacher, batch, losses);
    double[] base = toArray(backend, losses.base);
    double[] taught = losses.taught == null ? null : toArray(backend, losses.taught);
    return images(base, taught, targets.imageWeights(), shape.size(1));
  }

  /** Returns memory for the losses of some images. */
  public LossTensors losses(TensorArena arena, int images) {
    Shape shape = Shape.of(images);
    return new LossTensors(
        arena.allocate(DType.F64, shape),
        type == DistillationType.NONE ? null : arena.allocate(DType.F64, shape));
  }

  /**
   * Where the backend leaves the losses of images, F64 [B] each, before they are weighted.
   *
   * @param base of the class head with the targets
   * @param taught what is learned from a teacher; null without distillation
   */
  public record LossTensors(Tensor base, Tensor taught) {}

  /** The same without waiting for the losses, which {@link #images} makes of what is left there. */
  public void compute(
      Backend backend,
      TensorArena arena,
      Tape tape,
      Logits logits,
      WeightedTargets targets,
      Tensor teacher,
      int batch,
      LossTensors into) {
    Shape shape = logits.classLogits().shape();
    Tensor gradient = arena.allocate(DType.F32, shape);
    learn(backend, into.base, gradient, logits.classLogits(), targets, share() / batch);
    tape.addGradient(logits.classLogits(), gradient);
    if (type == DistillationType.NONE) {
      return;
    }
    Tensor losses = into.taught;
    Tensor student = logits.distillation() == null ? logits.classLogits() : logits.distillation();
    gradient = arena.allocate(DType.F32, shape);
    double weight = weight(shape.size(1));
    if (type == DistillationType.SOFT) {
      backend.loss().divergence(losses, gradient, student, teacher, temperature, weight / batch);
    } else if (type == DistillationType.HARD) { // one-hot at its largest logit, never smoothed
      Tensor labels = arena.allocate(DType.F32, teacher.shape());
      backend.loss().hardLabels(labels, teacher);
      backend.loss().crossEntropy(losses, gradient, student, labels, weight / batch);
    } else {
      learn(backend, losses, gradient, student, targets, weight / batch);
    }
    tape.addGradient(student, gradient);
  }

  /** Returns what the base loss is multiplied by. */
  private double share() {
    return type == DistillationType.NONE ? 1 : 1 - alpha;
  }

  /** Returns what the loss of the teacher is multiplied by. */
  private double weight(int classes) {
    if (type != DistillationType.SOFT) {
      return alpha;
    }
    double weight = alpha * (temperature * temperature);
    return weight / (reduction == SoftReduction.ELEMENT ? classes : 1);
  }

  /**
   * Returns the losses of images.
   *
   * @param base as computed, F64 [B]; changed
   * @param taught as computed; changed; null without distillation
   * @param imageWeights those of the targets; null for 1
   * @param classes of the logits
   */
  public ImageLosses images(double[] base, double[] taught, float[] imageWeights, int classes) {
    double[] ofTargets = weighted(base, imageWeights);
    if (taught == null) {
      return new ImageLosses(ofTargets, ofTargets);
    }
    double[] total = type == DistillationType.LABELS ? weighted(taught, imageWeights) : taught;
    double weight = weight(classes);
    double share = share();
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
