package io.github.deit4j.autograd;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * The ops a model is written in. Each allocates its output in the step arena, has the backend
 * compute it and, with a tape, records how its gradient goes on. In the shapes below, B is images,
 * N tokens, D the embedding width.
 */
public final class Ops extends TapedOps {
  private Ops(Backend backend, TensorArena arena, Tape tape) {
    super(backend, arena, tape);
  }

  /** Returns ops that record nothing. */
  public static Ops inference(Backend backend, TensorArena arena) {
    return new Ops(backend, arena, null);
  }

  /** Returns ops that record on a tape. */
  public static Ops recording(Backend backend, TensorArena arena, Tape tape) {
    return new Ops(backend, arena, tape);
  }

  /** Returns the backend that computes. */
  public Backend backend() {
    return backend;
  }

  /** Returns the arena of the outputs. */
  public TensorArena arena() {
    return arena;
  }

  /** Returns the ops on feature maps, of convolutional networks. */
  public FeatureMapOps featureMaps() {
    return new FeatureMapOps(backend, arena, tape);
  }

  /** Returns the ops on tokens. */
  public TokenOps tokens() {
    return new TokenOps(this, tape);
  }

  /**
   * Runs a part of a model without keeping its activations; the backward pass runs it again for
   * them (Chen et al. 2016, "Training deep nets with sublinear memory cost"). Gradients have the
   * same bits as without, if nothing but the part uses {@code x}.
   *
   * @param x the part's input
   * @param scratch where the part's activations and their gradients go, reset before each run
   * @param part from ops and input to the output; must compute the same whenever it runs
   * @return the part's output
   */
  public Tensor checkpoint(Tensor x, TensorArena scratch, BiFunction<Ops, Tensor, Tensor> part) {
    scratch.reset();
    Tensor y = copyOf(part.apply(inference(backend, scratch), x));
    return recorded(
        tape != null,
        y,
        dy -> {
          scratch.reset();
          Tape inner = tape.inner(scratch);
          if (tape.wants(x)) {
            inner.watch(x);
          }
          inner.addGradient(part.apply(recording(backend, scratch, inner), x), dy);
          inner.backward();
          if (inner.gradient(x) != null) {
            tape.addGradient(x, copyOf(inner.gradient(x)));
          }
        });
  }

  private Tensor copyOf(Tensor x) {
    Tensor copy = like(x);
    backend.copy(copy, x);
    return copy;
  }

  boolean records(Tensor input, ResidualConnection to, Parameter... parameters) {
    return records(input, parameters)
        || tape != null && to != null && (tape.wants(to.base()) || scaleLearns(to));
  }

  private static boolean scaleLearns(ResidualConnection to) {
    return to != null && to.scale() != null && to.scale().trainable();
  }

  private Tensor withWidth(Tensor x, int width) {
    return arena.allocate(isActivation(x) ? x.dtype() : DType.F32, shape(x, width));
  }

  private boolean isActivation(Tensor x) {
    return x.dtype() == backend.activationType();
  }

  private static Shape shape(Tensor x, int width) {
    int[] sizes = x.shape().sizes();
    sizes[sizes.length - 1] = width;
    return Shape.of(sizes);
  }

  /**
   * Returns memory for what only products read: of x's type, which is that of factors if x is one,
   * or, if it is not that of activations, float32 if rows have an odd width.
   */
  Tensor factorLike(Tensor x, int rowWidth, int width) {
    boolean ofX = isActivation(x) || rowWidth % 2 == 0;
    return arena.allocate(ofX ? x.dtype() : DType.F32, shape(x, width));
  }

  /**
   * {@code x·wᵀ + b} over the last dimension.
   *
   * @param x [.., in]
   * @param w [out, in]; more dimensions are taken together as in
   * @param b [out]
   * @return [.., out]
   */
  public Tensor linear(Tensor x, Parameter w, Parameter b) {
    return linear(new Layer(x, null, w, b), null);
  }

  /** The same into given memory. */
  Tensor linear(Tensor y, Tensor x, Parameter w, Parameter b) {
    return linear(y, new Layer(x, null, w, b), null);
  }

  /**
   * A linear layer at a branch's end and the residual connection.
   *
   * @param x [B, N, in]
   * @param w [out, in]
   * @param b [out]
   * @param to what the branch is added to; base [B, N, out]
   * @return [B, N, out]
   */
  public Tensor linear(Tensor x, Parameter w, Parameter b, ResidualConnection to) {
    return linear(new Layer(x, null, w, b), to);
  }

  private Tensor linear(Layer layer, ResidualConnection to) {
    if (to != null && to.between() != null) {
      return addBranch(to, linear(layer, null));
    }
    int out = layer.w.value().shape().size(0);
    return linear(to == null ? withWidth(layer.x, out) : like(to.base()), layer, to);
  }

  private Tensor linear(Tensor y, Layer layer, ResidualConnection to) {
    Tensor w = matrix(layer.w.value());
    boolean recording = records(layer.input(), to, layer.w, layer.b);
    Tensor branch = recording && scaleLearns(to) ? like(y) : null;
    LinearEpilogue last =
        to == null ? LinearEpilogue.NONE : new LinearEpilogue.Add(residual(to), branch);
    backend.linear().linear(y, layer.x, w, layer.b.value(), last);
    if (recording) {
      recordLinear(y, layer, to, branch);
    }
    return y;
  }

  private static Residual residual(ResidualConnection to) {
    Tensor scale = to.scale() == null ? null : to.scale().value();
    return new Residual(to.base(), to.factors(), scale);
  }

  /**
   * A linear layer as the tape keeps it.
   *
   * @param pre what x is the GELU of; null for nothing
   */
  private record Layer(Tensor x, Tensor pre, Parameter w, Parameter b) {
    /** Whose gradient the layer's finds. */
    Tensor input() {
      return pre == null ? x : pre;
    }
  }

  /**
   * Records a linear layer.
   *
   * @param to what its product was added to; null for nothing
   * @param branch its product, where the gradient of a scale needs it
   */
  private void recordLinear(Tensor y, Layer layer, ResidualConnection to, Tensor branch) {
    Parameter w = layer.w;
    Parameter b = layer.b;
    Tensor input = layer.input();
    tape.record(
        y,
        dy -> {
          Tensor dProduct = to == null ? dy : branchGradient(dy, to, branch);
          if (w.trainable() || b.trainable()) {
            Tensor dw = matrix(gradient(w));
            backend.linear().linearParameterGradients(dw, gradient(b), dProduct, layer.x);
          }
          if (tape.wants(input)) {
            Tensor dx = tape.allocate(input);
            backend.linear().linearInputGradient(dx, dProduct, matrix(w.value()), layer.pre);
            tape.addGradient(input, dx);
          }
          tape.release(dProduct);
          if (to != null) {
            addIfWanted(to.base(), dy);
          }
        });
  }

  /** Returns the gradient of a branch, and adds that of its scale. */
  private Tensor branchGradient(Tensor dy, ResidualConnection to, Tensor branch) {
    if (scaleLearns(to)) {
      backend.elementwise().layerScaleGradient(gradient(to.scale()), dy, branch, to.factors());
    }
    if (to.factors() == null && to.scale() == null) {
      return dy;
    }
    Tensor dBranch = tape.allocate(dy);
    backend.elementwise().addBranchBackward(dBranch, dy, residual(to));
    return dBranch;
  }

  /**
   * The feed-forward branch and its residual connection: {@code gelu(x·w1ᵀ + b1)·w2ᵀ + b2}.
   *
   * @param x [B, N, D]
   * @param w1 [hidden, D]
   * @param b1 [hidden]
   * @param between what is done to the GELU's result, such as dropout; null for nothing
   * @param w2 [D, hidden]
   * @param b2 [D]
   * @param to what the branch is added to; base [B, N, D]
   * @return [B, N, D]
   */
  public Tensor feedForward(
      Tensor x,
      Parameter w1,
      Parameter b1,
      UnaryOperator<Tensor> between,
      Parameter w2,
      Parameter b2,
      ResidualConnection to) {
    if (between != null) {
      return linear(between.apply(gelu(linear(x, w1, b1))), w2, b2, to);
    }
    int width = w1.value().shape().size(0);
    Tensor hidden = factorLike(x, width, width);
    if (to.between() == null && !records(x, to, w1, b1, w2, b2)) {
      Tensor y = like(to.base());
      LinearEpilogue add = new LinearEpilogue.Add(residual(to), null);
      backend
          .linear()
          .feedForward(y, hidden, x, w1.value(), b1.value(), w2.value(), b2.value(), add);
      return y;
    }
    Tensor pre = tape == null ? null : withWidth(x, width);
    LinearEpilogue gelu = new LinearEpilogue.Gelu(pre);
    backend.linear().linear(hidden, x, w1.value(), b1.value(), gelu);
    if (records(x, w1, b1)) {
      recordLinear(pre, new Layer(x, null, w1, b1), null, null);
    }
    return linear(new Layer(hidden, pre, w2, b2), to);
  }

  private static Tensor matrix(Tensor weight) {
    Shape shape = weight.shape();
    int out = shape.size(0);
    return shape.rank() == 2
        ? weight
        : weight.reshape(out, Math.toIntExact(shape.elements() / out));
  }

  /** The exact GELU. */
  public Tensor gelu(Tensor x) {
    Tensor y = like(x);
    backend.elementwise().gelu(y, x);
    return recorded(y, x, (dx, dy) -> backend.elementwise().geluBackward(dx, dy, x));
  }

  /**
   * Dropout with draws that depend on the image's place only.
   *
   * @param x [B, ..]
   * @param first the stream of image 0, see {@link io.github.deit4j.op.ElementwiseOps#dropout}
   */
  public Tensor dropout(Tensor x, double rate, StreamKey first) {
    Tensor y = like(x);
    backend.elementwise().dropout(y, x, rate, first);
    return recorded(y, x, (dx, dy) -> backend.elementwise().dropout(dx, dy, rate, first));
  }

  /** Layer normalisation over the last dimension. */
  public Tensor layerNorm(Tensor x, Parameter w, Parameter b, float epsilon) {
    return layerNorm(like(x), x, w, b, epsilon);
  }

  /**
   * Layer normalisation over the last dimension, for nothing but a linear layer, {@link
   * #feedForward} or attention: of {@link Backend#factorType}. What these make of it for their own
   * products is of that type too. All results have the same bits as with {@link #layerNorm}.
   */
  public Tensor layerNormFactor(Tensor x, Parameter w, Parameter b, float epsilon) {
    boolean even = x.shape().size(-1) % 2 == 0;
    DType dtype = even && x.dtype() == DType.F32 ? backend.factorType() : x.dtype();
    return layerNorm(arena.allocate(dtype, x.shape()), x, w, b, epsilon);
  }

  private Tensor layerNorm(Tensor y, Tensor x, Parameter w, Parameter b, float epsilon) {
    int rows = x.shape().rows();
    Tensor mean = arena.allocate(rows);
    Tensor rstd = arena.allocate(rows);
    backend.normalization().layerNorm(y, mean, rstd, x, w.value(), b.value(), epsilon);
    return recorded(
        records(x, w, b),
        y,
        dy -> {
          NormalizationOps ops = backend.normalization();
          boolean learns = w.trainable() || b.trainable();
          if (!tape.wants(x)) {
            ops.layerNormParameterGradients(gradient(w), gradient(b), dy, x, mean, rstd);
            return;
          }
          // The branch ends here: its gradient joins that of the residual connection.
          Tensor dx = tape.allocate(x);
          if (learns) {
            Tensor dw = gradient(w);
            Tensor db = gradient(b);
            Tensor base = gradientOrZeros(x, dx);
            ops.layerNormGradients(dx, dw, db, base, dy, x, w.value(), mean, rstd);
          } else {
            Tensor base = gradientOrZeros(x, dx);
            ops.layerNormBackward(dx, base, dy, x, w.value(), mean, rstd);
          }
          tape.setGradient(x, dx);
        });
  }

  /**
   * {@code x + factors[image]·branch}.
   *
   * @param factors one per image, or null for 1
   */
  public Tensor addBranch(Tensor x, Tensor branch, float[] factors) {
    return addBranch(new ResidualConnection(x, factors), branch);
  }

  /**
   * A residual connection.
   *
   * @param branch [B, .., D]
   */
  public Tensor addBranch(ResidualConnection to, Tensor branch) {
    Tensor added = to.between() == null ? branch : to.between().apply(branch);
    Tensor y = like(to.base());
    backend.elementwise().addBranch(y, residual(to), added);
    return recorded(
        records(added, to),
        y,
        dy -> {
          addIfWanted(to.base(), dy);
          addOrRelease(added, branchGradient(dy, to, added));
        });
  }

  /**
   * {@code (a + b)/2}.
   *
   * @param a [B, ..]
   * @param b of a's shape
   */
  public Tensor mean(Tensor a, Tensor b) {
    float[] halves = new float[a.shape().size(0)];
    Arrays.fill(halves, 0.5f);
    Tensor y = like(a);
    Residual half = new Residual(y, halves, null);
    backend.elementwise().addBranchBackward(y, a, half);
    backend.elementwise().addBranch(y, half, b);
    return recorded(
        records(a) || records(b),
        y,
        dy -> {
          Tensor dHalf = like(a);
          backend.elementwise().addBranchBackward(dHalf, dy, half);
          tape.addGradient(a, dHalf);
          tape.addGradient(b, dHalf);
        });
  }
}
