package io.github.deit4j.autograd;

import io.github.deit4j.device.Backend;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.Arrays;
import java.util.function.BiFunction;

/**
 * The ops a model is written in. Each allocates its output in the step arena, has the backend
 * compute it and, with a tape, records how its gradient goes on. In the shapes below, B is images,
 * N tokens, D the embedding width.
 */
public final class Ops {
  private final Backend backend;
  private final TensorArena arena;
  private final Tape tape;

  private Ops(Backend backend, TensorArena arena, Tape tape) {
    this.backend = backend;
    this.arena = arena;
    this.tape = tape;
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

  /**
   * Returns the ops of convolutional networks.
   *
   * @throws io.github.deit4j.device.DeviceException if the backend has none
   */
  public MapOps maps() {
    return new MapOps(this, tape);
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
    if (tape == null) {
      return y;
    }
    tape.record(y, dy -> checkpointBackward(x, dy, scratch, part));
    return y;
  }

  private void checkpointBackward(
      Tensor x, Tensor dy, TensorArena scratch, BiFunction<Ops, Tensor, Tensor> part) {
    scratch.reset();
    Tape inner = new Tape(backend, scratch);
    if (tape.wants(x)) {
      inner.watch(x);
    }
    Tensor y = part.apply(recording(backend, scratch, inner), x);
    inner.addGradient(y, dy);
    inner.backward();
    if (inner.gradient(x) != null) {
      tape.addGradient(x, copyOf(inner.gradient(x)));
    }
  }

  private Tensor copyOf(Tensor x) {
    Tensor copy = like(x);
    backend.copy(copy, x);
    return copy;
  }

  boolean records(Tensor input, Parameter... parameters) {
    if (tape == null) {
      return false;
    }
    boolean any = tape.wants(input);
    for (Parameter parameter : parameters) {
      any |= parameter.trainable();
    }
    return any;
  }

  Tensor like(Tensor x) {
    return arena.allocate(x.dtype(), x.shape());
  }

  /** Returns where a gradient goes: for a parameter that is not trained, memory nobody reads. */
  Tensor gradient(Parameter parameter) {
    return parameter.trainable() ? parameter.gradient() : like(parameter.value());
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
    int out = w.value().shape().size(0);
    Tensor weight = matrix(w.value());
    int[] sizes = x.shape().sizes();
    sizes[sizes.length - 1] = out;
    Tensor y = arena.allocate(sizes);
    backend.linear(y, x, weight, b.value());
    if (records(x, w, b)) {
      tape.record(
          y,
          dy -> {
            addParameterGradients(w, b, dy, x);
            if (tape.wants(x)) {
              Tensor dx = tape.allocate(x);
              backend.linearInputGradient(dx, dy, weight);
              tape.addGradient(x, dx);
            }
          });
    }
    return y;
  }

  /**
   * The linear layer at a branch's end and the residual connection: {@code base +
   * factors[image]·(x·wᵀ + b)}.
   *
   * @param base [B, N, out]
   * @param x [B, N, in]
   * @param factors one per image, or null for 1
   * @return [B, N, out]
   */
  public Tensor addLinear(Tensor base, Tensor x, Parameter w, Parameter b, float[] factors) {
    Tensor y = like(base);
    backend.addLinear(y, base, x, w.value(), b.value(), factors);
    if (records(x, w, b) || records(base)) {
      tape.record(
          y,
          dy -> {
            Tensor dBranch = branchGradient(dy, factors);
            addParameterGradients(w, b, dBranch, x);
            if (tape.wants(x)) {
              Tensor dx = tape.allocate(x);
              backend.linearInputGradient(dx, dBranch, w.value());
              tape.addGradient(x, dx);
            }
            tape.release(dBranch);
            addGradientIfWanted(base, dy);
          });
    }
    return y;
  }

  /**
   * The feed-forward branch and its residual connection: {@code base + factors[image]·(gelu(x·w1ᵀ +
   * b1)·w2ᵀ + b2)}.
   *
   * @param base [B, N, D]
   * @param x [B, N, D]
   * @param w1 [hidden, D]
   * @param b1 [hidden]
   * @param w2 [D, hidden]
   * @param b2 [D]
   * @param factors one per image, or null for 1
   * @return [B, N, D]
   */
  public Tensor addMlp(
      Tensor base,
      Tensor x,
      Parameter w1,
      Parameter b1,
      Parameter w2,
      Parameter b2,
      float[] factors) {
    boolean recording = records(x, w1, b1, w2, b2) || records(base);
    int[] sizes = x.shape().sizes();
    sizes[sizes.length - 1] = w1.value().shape().size(0);
    Tensor hidden = arena.allocate(sizes);
    Tensor y = like(base);
    if (!recording && factors == null) {
      backend.addMlp(y, hidden, base, x, w1.value(), b1.value(), w2.value(), b2.value());
      return y;
    }
    Tensor pre = recording ? arena.allocate(sizes) : hidden;
    backend.linearGelu(hidden, pre, x, w1.value(), b1.value());
    backend.addLinear(y, base, hidden, w2.value(), b2.value(), factors);
    if (recording) {
      tape.record(
          y,
          dy -> {
            Tensor dBranch = branchGradient(dy, factors);
            addParameterGradients(w2, b2, dBranch, hidden);
            Tensor dPre = tape.allocate(pre);
            backend.linearGeluInputGradient(dPre, dBranch, w2.value(), pre);
            tape.release(dBranch);
            addParameterGradients(w1, b1, dPre, x);
            if (tape.wants(x)) {
              Tensor dx = tape.allocate(x);
              backend.linearInputGradient(dx, dPre, w1.value());
              tape.addGradient(x, dx);
            }
            tape.release(dPre);
            addGradientIfWanted(base, dy);
          });
    }
    return y;
  }

  private Tensor branchGradient(Tensor dy, float[] factors) {
    if (factors == null) {
      return dy;
    }
    Tensor dBranch = tape.allocate(dy);
    backend.addBranchBackward(dBranch, dy, factors);
    return dBranch;
  }

  private void addParameterGradients(Parameter w, Parameter b, Tensor dy, Tensor x) {
    if (w.trainable() || b.trainable()) {
      backend.linearParameterGradients(matrix(gradient(w)), gradient(b), dy, x);
    }
  }

  private void addGradientIfWanted(Tensor x, Tensor gradient) {
    if (tape.wants(x)) {
      tape.addGradient(x, gradient);
    }
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
    backend.gelu(y, x);
    if (records(x)) {
      tape.record(
          y,
          dy -> {
            Tensor dx = tape.allocate(x);
            backend.geluBackward(dx, dy, x);
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /**
   * Dropout with draws that depend on the image's place only.
   *
   * @param x [B, ..]
   * @param first the stream of image 0, see {@link Backend#dropout}
   */
  public Tensor dropout(Tensor x, double rate, StreamKey first) {
    Tensor y = like(x);
    backend.dropout(y, x, rate, first);
    if (records(x)) {
      tape.record(
          y,
          dy -> {
            Tensor dx = like(x);
            backend.dropout(dx, dy, rate, first);
            tape.addGradient(x, dx);
          });
    }
    return y;
  }

  /** Layer normalisation over the last dimension. */
  public Tensor layerNorm(Tensor x, Parameter w, Parameter b, float epsilon) {
    int rows = x.shape().rows();
    Tensor y = like(x);
    Tensor mean = arena.allocate(rows);
    Tensor rstd = arena.allocate(rows);
    backend.layerNorm(y, mean, rstd, x, w.value(), b.value(), epsilon);
    if (records(x, w, b)) {
      tape.record(
          y,
          dy -> {
            if (w.trainable() || b.trainable()) {
              backend.layerNormParameterGradients(gradient(w), gradient(b), dy, x, mean, rstd);
            }
            if (tape.wants(x)) {
              // The branch ends here: its gradient joins that of the residual connection.
              Tensor dx = tape.allocate(x);
              backend.layerNormBackward(dx, gradientOrZeros(x, dx), dy, x, w.value(), mean, rstd);
              tape.setGradient(x, dx);
            }
          });
    }
    return y;
  }

  /** Returns the gradient that x has so far, or else the other tensor, filled with zeros. */
  Tensor gradientOrZeros(Tensor x, Tensor otherwise) {
    Tensor gradient = tape.gradient(x);
    if (gradient == null) {
      backend.fill(otherwise, 0f);
      return otherwise;
    }
    return gradient;
  }

  /**
   * {@code x + factors[image]·branch}.
   *
   * @param factors one per image, or null for 1
   */
  public Tensor addBranch(Tensor x, Tensor branch, float[] factors) {
    Tensor y = like(x);
    backend.addBranch(y, x, branch, factors);
    if (records(x) || records(branch)) {
      tape.record(
          y,
          dy -> {
            addGradientIfWanted(x, dy);
            if (tape.wants(branch)) {
              tape.addGradient(branch, branchGradient(dy, factors));
            }
          });
    }
    return y;
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
    backend.addBranchBackward(y, a, halves);
    backend.addBranch(y, y, b, halves);
    if (records(a) || records(b)) {
      tape.record(
          y,
          dy -> {
            Tensor half = like(a);
            backend.addBranchBackward(half, dy, halves);
            tape.addGradient(a, half);
            tape.addGradient(b, half);
          });
    }
    return y;
  }
}
