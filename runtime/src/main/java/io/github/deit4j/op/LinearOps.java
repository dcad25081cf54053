package io.github.deit4j.op;

import io.github.deit4j.tensor.Tensor;

/**
 * The matrix products of linear layers. Each op checks its operands and hands the device the sizes;
 * a device's method has the op's name and takes these first. R is rows, any leading dimensions
 * together.
 */
public abstract class LinearOps {
  private final OpRunner runner;

  /** Creates the family on the runner that does its ops. */
  protected LinearOps(OpRunner runner) {
    this.runner = runner;
  }

  /** The sizes of a linear layer from [rows, in] to [rows, out]. */
  public record Sizes(int rows, int in, int out) {
    /** Returns the rows of each of so many images. */
    public int rowsOf(float[] perImage) {
      return rows / perImage.length;
    }
  }

  /** A layer of a feed-forward network: sizes, weight and bias. */
  public record Layer(Sizes sizes, Tensor w, Tensor b) {}

  /**
   * A linear layer: {@code t = x·wᵀ + b}, each element one chain that starts from its bias, and
   * what the epilogue makes of it.
   *
   * @param y [R, out], of {@link OpRunner#factorType} too if nothing is added
   * @param x [R, in], of that type too
   * @param w [out, in]
   * @param b [out]
   */
  public final void linear(Tensor y, Tensor x, Tensor w, Tensor b, LinearEpilogue epilogue) {
    String op = "linear";
    Sizes sizes = check(op, y, x, w, b, !(epilogue instanceof LinearEpilogue.Add));
    epilogue.check(op, y, runner);
    runner.run(op, () -> linear(sizes, y, x, w, b, epilogue), y, x, w, b, epilogue);
  }

  /** A linear layer alone: {@code y = x·wᵀ + b}. */
  public final void linear(Tensor y, Tensor x, Tensor w, Tensor b) {
    linear(y, x, w, b, LinearEpilogue.NONE);
  }

  private Sizes check(String op, Tensor y, Tensor x, Tensor w, Tensor b, boolean factor) {
    Checks.rank(op, "w", w, 2);
    int out = w.shape().size(0);
    int in = w.shape().size(1);
    int rows = Checks.factorRows(op, "x", x, runner, in);
    Checks.elements(op, "b", b, out);
    if (factor) {
      Checks.factor(op, "y", y, runner, rows, out);
    } else {
      Checks.activation(op, "y", y, runner, rows, out);
    }
    return new Sizes(rows, in, out);
  }

  /**
   * A feed-forward network where nothing is kept for a backward pass: {@code gelu(x·w1ᵀ + b1)·w2ᵀ +
   * b2}, and what the epilogue makes of it.
   *
   * @param y [R, out]
   * @param hidden [R, hidden], working memory; what it holds afterwards is of no meaning
   * @param x [R, in]; this and hidden of {@link OpRunner#factorType} too
   * @param w1 [hidden, in]
   * @param b1 [hidden]
   * @param w2 [out, hidden]
   * @param b2 [out]
   */
  public final void feedForward(
      Tensor y,
      Tensor hidden,
      Tensor x,
      Tensor w1,
      Tensor b1,
      Tensor w2,
      Tensor b2,
      LinearEpilogue epilogue) {
    String op = "feedForward";
    Layer first = new Layer(check(op, hidden, x, w1, b1, true), w1, b1);
    Layer second = new Layer(check(op, y, hidden, w2, b2, false), w2, b2);
    epilogue.check(op, y, runner);
    Object[] operands = {y, hidden, x, w1, b1, w2, b2, epilogue};
    runner.run(
        op,
        () -> {
          if (!feedForward(first, second, y, x, epilogue)) {
            linear(first.sizes, hidden, x, w1, b1, new LinearEpilogue.Gelu(null));
            linear(second.sizes, y, hidden, w2, b2, epilogue);
          }
        },
        operands);
  }

  /** {@code dx = dy·w}. */
  public final void linearInputGradient(Tensor dx, Tensor dy, Tensor w) {
    linearInputGradient(dx, dy, w, null);
  }

  /**
   * The gradient of a linear layer's input, {@code dx = dy·w}, or of what a GELU made that input
   * of: {@code dx = (dy·w)·gelu'(pre)}.
   *
   * @param dx [R, in]
   * @param dy [R, out]
   * @param w [out, in]
   * @param pre what the GELU got, [R, in]; null where there was none
   */
  public final void linearInputGradient(Tensor dx, Tensor dy, Tensor w, Tensor pre) {
    String op = "linearInputGradient";
    Checks.rank(op, "w", w, 2);
    int out = w.shape().size(0);
    int in = w.shape().size(1);
    int rows = Checks.rows(op, "dy", dy, runner, out);
    Checks.activation(op, "dx", dx, runner, rows, in);
    if (pre != null) {
      Checks.activation(op, "pre", pre, runner, rows, in);
    }
    Sizes sizes = new Sizes(rows, in, out);
    runner.run(op, () -> linearInputGradient(sizes, dx, dy, w, pre), dx, dy, w, pre);
  }

  /**
   * {@code dw += dyᵀ·x, db += Σ dy}, rows in order.
   *
   * @param dw [out, in]
   * @param db [out]
   * @param dy [R, out]
   * @param x [R, in], of {@link OpRunner#factorType} too
   */
  public final void linearParameterGradients(Tensor dw, Tensor db, Tensor dy, Tensor x) {
    String op = "linearParameterGradients";
    Sizes sizes = check(op, dy, x, dw, db, false);
    runner.run(op, () -> linearParameterGradients(sizes, dw, db, dy, x), dw, db, dy, x);
  }

  /**
   * Says that a weight of {@link #linear} is used many times before it changes, so that the device
   * may keep it in another layout too. Writing to its memory through the backend ends that; the
   * results are the same.
   *
   * @param w [out, in]
   */
  public final void prepare(Tensor w) {
    Checks.rank("prepare", "w", w, 2);
    runner.run("prepare", () -> prepare(w, w.shape().size(0), w.shape().size(1)), w);
  }

  protected abstract void linear(
      Sizes sizes, Tensor y, Tensor x, Tensor w, Tensor b, LinearEpilogue epilogue);

  /** Computes both layers together, or returns false where one after the other is as well. */
  protected boolean feedForward(
      Layer first, Layer second, Tensor y, Tensor x, LinearEpilogue epilogue) {
    return false;
  }

  protected abstract void linearInputGradient(
      Sizes sizes, Tensor dx, Tensor dy, Tensor w, Tensor pre);

  protected abstract void linearParameterGradients(
      Sizes sizes, Tensor dw, Tensor db, Tensor dy, Tensor x);

  /** Keeps a weight in another layout too, if that helps. */
  protected abstract void prepare(Tensor w, int out, int in);
}
