package io.github.deit4j.op;

import io.github.deit4j.tensor.Tensor;

/**
 * Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1). A device's method has the op's
 * name and takes the resolved sizes first. B is images, N tokens, D the width of all heads.
 */
public abstract class AttentionOps {
  private final OpRunner runner;
  private final LinearOps linear;

  /**
   * Creates the family.
   *
   * @param runner does its ops
   * @param linear makes q, k and v where the device does not make them on the way
   */
  protected AttentionOps(OpRunner runner, LinearOps linear) {
    this.runner = runner;
    this.linear = linear;
  }

  /** The sizes of one attention: B, N, the heads, and the channels of each. */
  public record Sizes(int images, int tokens, int heads, int channels) {
    /** Returns D, the channels of all heads. */
    public int width() {
      return heads * channels;
    }

    /** Returns what scores are multiplied by: {@code 1/√channels}. */
    public float scale() {
      return (float) (1 / Math.sqrt(channels));
    }

    static Sizes of(String op, Tensor qkv, OpRunner runner, int heads) {
      boolean tokens = qkv.shape().rank() == 3;
      int columns = tokens ? qkv.shape().size(2) : 0;
      int width = columns / 3;
      Checks.that(
          tokens && heads > 0 && columns % 3 == 0 && width % heads == 0,
          op,
          "qkv [B, N, 3·D] with D a multiple of " + heads + " heads",
          qkv);
      int images = qkv.shape().size(0);
      Sizes sizes = new Sizes(images, qkv.shape().size(1), heads, width / heads);
      sizes.check(op, "qkv", qkv, runner, 3);
      return sizes;
    }

    /** Checks a factor of so many widths for each token. */
    private void check(String op, String operand, Tensor x, OpRunner runner, int widths) {
      // Each head's numbers are a row of a product's.
      long heads = (long) images * tokens * widths * this.heads;
      Checks.factor(op, operand, x, runner, heads, channels);
    }
  }

  /**
   * The linear layer that makes q, k and v: {@code x·wᵀ + b}.
   *
   * @param x [B, N, in], of {@link OpRunner#factorType} too, not overlapping attention's result
   * @param w [3·D, in]
   * @param b [3·D]
   */
  public record Projection(Tensor x, Tensor w, Tensor b) {}

  /** {@link #attention(Tensor, Tensor, Tensor, Tensor, int, Projection)} of what is in qkv. */
  public final void attention(Tensor y, Tensor max, Tensor reciprocal, Tensor qkv, int heads) {
    attention(y, max, reciprocal, qkv, heads, null);
  }

  /**
   * {@code y = softmax(q·kᵀ/√(D/heads))·v} per head.
   *
   * @param y [B, N, D], of {@link OpRunner#factorType} too
   * @param max row maxima of the scaled scores, [B, heads, N], kept for the backward pass
   * @param reciprocal reciprocal row sums, [B, heads, N], kept for the backward pass
   * @param qkv [B, N, 3·D], of that type too: q, k and v side by side, head after head within each
   * @param projection what makes q, k and v where nothing is kept for a backward pass: qkv, max and
   *     reciprocal are working memory then, and what they hold afterwards is of no meaning; null
   *     where qkv holds them
   */
  public final void attention(
      Tensor y, Tensor max, Tensor reciprocal, Tensor qkv, int heads, Projection projection) {
    String op = "attention";
    Sizes sizes = Sizes.of(op, qkv, runner, heads);
    sizes.check(op, "y", y, runner, 1);
    checkKept(op, sizes, max, reciprocal);
    Object[] operands = {y, max, reciprocal, qkv, heads, projection};
    if (projection == null) {
      runner.run(op, () -> attention(sizes, y, max, reciprocal, qkv), operands);
      return;
    }
    LinearOps.Sizes layer = check(op, sizes, projection);
    runner.run(
        op,
        () -> {
          if (!attention(sizes, layer, y, projection)) {
            linear.linear(
                layer, qkv, projection.x, projection.w, projection.b, LinearEpilogue.NONE);
            attention(sizes, y, max, reciprocal, qkv);
          }
        },
        operands);
  }

  private LinearOps.Sizes check(String op, Sizes sizes, Projection projection) {
    int out = 3 * sizes.width();
    int rows = sizes.images * sizes.tokens;
    Checks.rank(op, "w", projection.w, 2);
    int in = projection.w.shape().size(1);
    Checks.elements(op, "w", projection.w, out, in);
    Checks.elements(op, "b", projection.b, out);
    Checks.factor(op, "x", projection.x, runner, rows, in);
    return new LinearOps.Sizes(rows, in, out);
  }

  /**
   * The gradient of {@link #attention} with respect to qkv.
   *
   * @param dqkv [B, N, 3·D]
   * @param dy [B, N, D]
   * @param y what attention gave, of its type; the device may find sums from it that otherwise take
   *     a product
   */
  public final void attentionBackward(
      Tensor dqkv, Tensor dy, Tensor y, Tensor qkv, Tensor max, Tensor reciprocal, int heads) {
    String op = "attentionBackward";
    Sizes sizes = Sizes.of(op, qkv, runner, heads);
    Checks.activation(op, "dqkv", dqkv, runner, qkv.elements());
    Checks.activation(op, "dy", dy, runner, sizes.images, sizes.tokens, sizes.width());
    sizes.check(op, "y", y, runner, 1);
    checkKept(op, sizes, max, reciprocal);
    // Without y, which only some devices read.
    Object[] operands = {dqkv, dy, qkv, max, reciprocal, heads};
    runner.run(op, () -> attentionBackward(sizes, dqkv, dy, y, qkv, max, reciprocal), operands);
  }

  /** The probabilities of {@link #attention}, [B, heads, N, N]. */
  public final void attentionProbabilities(Tensor probabilities, Tensor qkv, int heads) {
    String op = "attentionProbabilities";
    Sizes sizes = Sizes.of(op, qkv, runner, heads);
    Checks.elements(
        op, "probabilities", probabilities, sizes.images, heads, sizes.tokens, sizes.tokens);
    runner.run(
        op, () -> attentionProbabilities(sizes, probabilities, qkv), probabilities, qkv, heads);
  }

  private static void checkKept(String op, Sizes sizes, Tensor max, Tensor reciprocal) {
    Checks.elements(op, "max", max, sizes.images, sizes.heads, sizes.tokens);
    Checks.elements(op, "reciprocal", reciprocal, sizes.images, sizes.heads, sizes.tokens);
  }

  protected abstract void attention(
      Sizes sizes, Tensor y, Tensor max, Tensor reciprocal, Tensor qkv);

  /**
   * Makes q, k and v and computes attention on the way, or returns false where one after the other
   * is as well.
   */
  protected boolean attention(Sizes sizes, LinearOps.Sizes layer, Tensor y, Projection projection) {
    return false;
  }

  protected abstract void attentionBackward(
      Sizes sizes, Tensor dqkv, Tensor dy, Tensor y, Tensor qkv, Tensor max, Tensor reciprocal);

  protected abstract void attentionProbabilities(Sizes sizes, Tensor probabilities, Tensor qkv);
}
