package io.github.deit4j.op;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/**
 * Losses and scores of logits, [B, C]. A device's method has the op's name and takes the resolved
 * sizes first.
 */
public abstract class LossOps {
  private final OpRunner runner;

  /** Creates the family on the runner that does its ops. */
  protected LossOps(OpRunner runner) {
    this.runner = runner;
  }

  /** The sizes of logits, [B, C]. */
  public record Sizes(int images, int classes) {
    private static Sizes of(String op, Tensor logits) {
      Checks.rank(op, "logits", logits, 2);
      return new Sizes(logits.shape().size(0), logits.shape().size(1));
    }
  }

  private static Sizes check(String op, Tensor losses, Tensor dx, Tensor x, Tensor targets) {
    Sizes sizes = Sizes.of(op, x);
    Checks.exactly(op, "losses", losses, DType.F64, Shape.of(sizes.images));
    Checks.exactly(op, "gradient", dx, DType.F32, x.shape());
    Checks.exactly(op, "targets", targets, DType.F32, x.shape());
    return sizes;
  }

  /**
   * Cross entropy with soft targets; hard labels and label smoothing are targets too. {@code losses
   * = Σ t·(log Σexp(x) − x)} per image, {@code dx = factor·(softmax(x)·Σt − t)}.
   *
   * @param losses F64 [B]
   * @param dx [B, C]
   * @param x logits, [B, C]
   * @param targets [B, C]
   */
  public final void crossEntropy(
      Tensor losses, Tensor dx, Tensor x, Tensor targets, double factor) {
    String op = "crossEntropy";
    Sizes sizes = check(op, losses, dx, x, targets);
    Object[] operands = {losses, dx, x, targets, factor};
    runner.run(op, () -> crossEntropy(sizes, losses, dx, x, targets, (float) factor), operands);
  }

  /**
   * Binary cross entropy of every class by itself, with any targets of [0, 1] (Touvron et al. 2022,
   * "DeiT III", section 3): {@code losses = 1/C·Σ (max(x, 0) − x·t + log(1 + e^−|x|))} per image,
   * {@code dx = factor/C·(σ(x) − t)}. Operands as of {@link #crossEntropy}.
   */
  public final void binaryCrossEntropy(
      Tensor losses, Tensor dx, Tensor x, Tensor targets, double factor) {
    String op = "binaryCrossEntropy";
    Sizes sizes = check(op, losses, dx, x, targets);
    float perClass = (float) (factor / sizes.classes);
    Object[] operands = {losses, dx, x, targets, factor};
    runner.run(op, () -> binaryCrossEntropy(sizes, losses, dx, x, targets, perClass), operands);
  }

  /**
   * Kullback–Leibler divergence of student from teacher at a temperature: {@code losses = Σ q·(log
   * q − log p)} per image with {@code q = softmax(teacher/T)}, {@code p = softmax(student/T)};
   * {@code dx = factor·(p − q)/T}.
   *
   * @param losses F64 [B]
   * @param dx [B, C]
   */
  public final void divergence(
      Tensor losses, Tensor dx, Tensor student, Tensor teacher, double temperature, double factor) {
    String op = "divergence";
    Sizes sizes = check(op, losses, dx, student, teacher);
    float inverse = (float) (1 / temperature);
    float scaled = (float) (factor / temperature);
    Object[] operands = {losses, dx, student, teacher, temperature, factor};
    runner.run(
        op, () -> divergence(sizes, losses, dx, student, teacher, inverse, scaled), operands);
  }

  /**
   * One-hot rows: 1 at the first of a row's largest numbers, else 0. In a row with NaN the first
   * NaN stays, and all else is 0.
   *
   * @param y [B, C]
   * @param x logits, [B, C]
   */
  public final void hardLabels(Tensor y, Tensor x) {
    Sizes sizes = Sizes.of("hardLabels", x);
    Checks.exactly("hardLabels", "y", y, DType.F32, x.shape());
    runner.run("hardLabels", () -> hardLabels(sizes, y, x), y, x);
  }

  /**
   * How well logits find the true classes. By the probabilities {@code p = softmax(x)}, or {@code p
   * = ½(softmax(x) + softmax(other))}, both in double: {@code ranks} = the number of classes that
   * are more probable than the true one, or as probable and earlier; {@code losses = −log p} of the
   * true one.
   *
   * @param ranks I32 [B]
   * @param losses F64 [B]
   * @param x logits, [B, C]
   * @param other of x's shape, or null
   * @param labels the true classes, one for each image
   */
  public final void score(Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels) {
    String op = "score";
    Sizes sizes = Sizes.of(op, x);
    Checks.exactly(op, "ranks", ranks, DType.I32, Shape.of(sizes.images));
    Checks.exactly(op, "losses", losses, DType.F64, Shape.of(sizes.images));
    if (other != null) {
      Checks.exactly(op, "other", other, DType.F32, x.shape());
    }
    Checks.that(
        labels.length == sizes.images, op, "as many images as the " + labels.length + " labels", x);
    for (int label : labels) {
      Checks.that(label >= 0 && label < sizes.classes, op, "logits with class " + label, x);
    }
    runner.run(
        op, () -> score(sizes, ranks, losses, x, other, labels), ranks, losses, x, other, labels);
  }

  protected abstract void crossEntropy(
      Sizes sizes, Tensor losses, Tensor dx, Tensor x, Tensor targets, float factor);

  /** The factor is what {@code σ(x) − t} is multiplied by. */
  protected abstract void binaryCrossEntropy(
      Sizes sizes, Tensor losses, Tensor dx, Tensor x, Tensor targets, float factor);

  /** Logits are multiplied by the inverse, differences of probabilities by the factor. */
  protected abstract void divergence(
      Sizes sizes, Tensor losses, Tensor dx, Tensor x, Tensor teacher, float inverse, float factor);

  protected abstract void hardLabels(Sizes sizes, Tensor y, Tensor x);

  protected abstract void score(
      Sizes sizes, Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels);
}
