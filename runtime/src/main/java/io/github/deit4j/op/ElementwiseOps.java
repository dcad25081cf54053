package io.github.deit4j.op;

import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.Tensor;

/**
 * Ops in which each number stands alone, or with its place in a row: sums, activations, dropout. A
 * device's method has the op's name and takes the resolved sizes first.
 */
public abstract class ElementwiseOps {
  private final OpRunner runner;

  /** Creates the family on the runner that does its ops. */
  protected ElementwiseOps(OpRunner runner) {
    this.runner = runner;
  }

  /** {@code y = a + b}. */
  public final void add(Tensor y, Tensor a, Tensor b) {
    Checks.activation("add", "y", y, runner, y.elements());
    Checks.like("add", "a", a, y);
    Checks.like("add", "b", b, y);
    runner.run("add", () -> add(y.elements(), y, a, b), y, a, b);
  }

  /**
   * The sizes of what is added to a {@link Residual}.
   *
   * @param count all numbers
   * @param image the numbers that share a factor: an image's, or all where there are no factors
   * @param width the numbers of a row
   */
  public record BranchSizes(long count, long image, int width) {
    /** Returns the number of rows. */
    public int rows() {
      return Math.toIntExact(count / Math.max(1, width));
    }

    /** Returns the rows that share a factor. */
    public int rowsOfImage() {
      return Math.toIntExact(image / Math.max(1, width));
    }

    /** Returns the sizes of a sum, or of a gradient of it; factors may be null. */
    public static BranchSizes of(Tensor y, float[] factors) {
      long count = y.elements();
      long image = factors == null ? count : count / Math.max(1, factors.length);
      return new BranchSizes(count, image, y.shape().rank() == 0 ? 1 : y.shape().size(-1));
    }
  }

  /**
   * {@code y = residual + branch}: a residual connection.
   *
   * @param y [B, .., D], may be the base or the branch
   * @param branch [B, .., D]
   */
  public final void addBranch(Tensor y, Residual residual, Tensor branch) {
    String op = "addBranch";
    Checks.activation(op, "y", y, runner, y.elements());
    Checks.like(op, "branch", branch, y);
    residual.check(op, y);
    BranchSizes sizes = BranchSizes.of(y, residual.factors());
    runner.run(op, () -> addBranch(sizes, y, residual, branch), y, residual, branch);
  }

  /**
   * The branch's gradient: {@code dBranch = (factors[image]·scale[channel])·dy}.
   *
   * @param residual with factors or a scale; the base is not looked at and may be null
   */
  public final void addBranchBackward(Tensor dBranch, Tensor dy, Residual residual) {
    String op = "addBranchBackward";
    Checks.activation(op, "dy", dy, runner, dy.elements());
    Checks.like(op, "dBranch", dBranch, dy);
    Residual.checkFactors(op, dy, residual.factors(), residual.scale());
    BranchSizes sizes = BranchSizes.of(dy, residual.factors());
    runner.run(op, () -> addBranchBackward(sizes, dBranch, dy, residual), dBranch, dy, residual);
  }

  /**
   * Adds the gradient of a residual's scale, rows in order: {@code dScale = fma(factors[image]·dy,
   * branch, dScale)}, one chain per channel on top of what is there.
   *
   * @param dScale [D]
   * @param dy [B, .., D]
   * @param branch [B, .., D]
   * @param factors one per image, or null for 1
   */
  public final void layerScaleGradient(Tensor dScale, Tensor dy, Tensor branch, float[] factors) {
    String op = "layerScaleGradient";
    Checks.activation(op, "dy", dy, runner, dy.elements());
    Checks.like(op, "branch", branch, dy);
    Residual.checkFactors(op, dy, factors, dScale);
    BranchSizes sizes = BranchSizes.of(dy, factors);
    Object[] operands = {dScale, dy, branch, factors};
    runner.run(op, () -> layerScaleGradient(sizes, dScale, dy, branch, factors), operands);
  }

  /** {@code y = x·Φ(x)}, exact (Hendrycks and Gimpel 2016). */
  public final void gelu(Tensor y, Tensor x) {
    long count = Checks.same("gelu", runner, y, x);
    runner.run("gelu", () -> gelu(count, y, x), y, x);
  }

  /** {@code dx = dy·(Φ(x) + x·φ(x))}. */
  public final void geluBackward(Tensor dx, Tensor dy, Tensor x) {
    long count = Checks.same("geluBackward", runner, dx, dy, x);
    runner.run("geluBackward", () -> geluBackward(count, dx, dy, x), dx, dy, x);
  }

  /** {@code y = max(x, 0)}; NaN stays NaN. */
  public final void relu(Tensor y, Tensor x) {
    long count = Checks.same("relu", y, x);
    runner.run("relu", () -> relu(count, y, x), y, x);
  }

  /** {@code dx = dy} where y is positive, else 0. */
  public final void reluBackward(Tensor dx, Tensor dy, Tensor y) {
    long count = Checks.same("reluBackward", dx, dy, y);
    runner.run("reluBackward", () -> reluBackward(count, dx, dy, y), dx, dy, y);
  }

  /** {@code y = 1/(1 + e^−x)}. */
  public final void sigmoid(Tensor y, Tensor x) {
    long count = Checks.same("sigmoid", y, x);
    runner.run("sigmoid", () -> sigmoid(count, y, x), y, x);
  }

  /** {@code dx = dy·y·(1 − y)}. */
  public final void sigmoidBackward(Tensor dx, Tensor dy, Tensor y) {
    long count = Checks.same("sigmoidBackward", dx, dy, y);
    runner.run("sigmoidBackward", () -> sigmoidBackward(count, dx, dy, y), dx, dy, y);
  }

  /**
   * {@code y = x/(1 − rate)} where an element is kept, else 0 (Srivastava et al. 2014); also its
   * own gradient, with dy as x. Element e of image i is dropped if the e-th {@link
   * io.github.deit4j.random.Philox#nextFloat} of the stream {@code first.plus(i)} is below {@code
   * (float) rate}.
   *
   * @param y [B, ..]
   * @param x of the same shape, may be y
   * @param rate of [0, 1)
   * @param first the stream of image 0
   */
  public final void dropout(Tensor y, Tensor x, double rate, StreamKey first) {
    String op = "dropout";
    Checks.activation(op, "y", y, runner, y.elements());
    Checks.exactly(op, "x", x, y.dtype(), y.shape());
    Checks.that(y.shape().rank() > 0, op, "images in the first dimension", y);
    Checks.that(rate >= 0 && rate < 1, op, "a rate of [0, 1), not " + rate + ", for", y);
    int images = y.shape().size(0);
    long image = y.elements() / Math.max(1, images);
    float factor = (float) (1 / (1 - rate));
    runner.run(
        op, () -> dropout(images, image, y, x, (float) rate, factor, first), y, x, rate, first);
  }

  protected abstract void add(long count, Tensor y, Tensor a, Tensor b);

  protected abstract void addBranch(BranchSizes sizes, Tensor y, Residual residual, Tensor branch);

  protected abstract void addBranchBackward(
      BranchSizes sizes, Tensor dBranch, Tensor dy, Residual residual);

  protected abstract void layerScaleGradient(
      BranchSizes sizes, Tensor dScale, Tensor dy, Tensor branch, float[] factors);

  protected abstract void gelu(long count, Tensor y, Tensor x);

  protected abstract void geluBackward(long count, Tensor dx, Tensor dy, Tensor x);

  protected abstract void relu(long count, Tensor y, Tensor x);

  protected abstract void reluBackward(long count, Tensor dx, Tensor dy, Tensor y);

  protected abstract void sigmoid(long count, Tensor y, Tensor x);

  protected abstract void sigmoidBackward(long count, Tensor dx, Tensor dy, Tensor y);

  /** Drops elements of images of so many numbers; the others are multiplied by the factor. */
  protected abstract void dropout(
      int images, long image, Tensor y, Tensor x, float rate, float factor, StreamKey first);
}
