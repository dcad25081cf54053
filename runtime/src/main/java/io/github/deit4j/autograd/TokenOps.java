package io.github.deit4j.autograd;

import io.github.deit4j.op.AttentionOps;
import io.github.deit4j.op.AttentionOps.Projection;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The ops on an image's tokens, from {@link Ops#tokens()}: how they come about, see each other and
 * leave. In the shapes below, B is images, N tokens, D the embedding width.
 */
public final class TokenOps extends TapedOps {
  private final Ops ops;

  TokenOps(Ops ops, Tape tape) {
    super(ops.backend, ops.arena, tape);
    this.ops = ops;
  }

  /**
   * Cuts images into patches.
   *
   * @param images [B, channels, height, width]
   * @return [B, patches, channels·patch²], of {@link
   *     io.github.deit4j.device.Backend#activationType}
   */
  public Tensor patches(Tensor images, int patch) {
    Shape shape = images.shape();
    int count = (shape.size(2) / patch) * (shape.size(3) / patch);
    Shape cut = Shape.of(shape.size(0), count, shape.size(1) * patch * patch);
    Tensor y = arena.allocate(backend.activationType(), cut);
    backend.pixels().patches(y, images, patch);
    return recorded(y, images, (dx, dy) -> backend.pixels().patchesBackward(dx, dy, patch));
  }

  /**
   * Puts prefix tokens in front of the patch tokens and adds the position embedding, to all tokens
   * or to the patches alone.
   *
   * @param patches [B, N − prefix, D]
   * @param prefix tokens of D elements
   * @param positions N·D elements, or (N − prefix)·D
   * @return [B, N, D]
   */
  public Tensor embed(Tensor patches, List<Parameter> prefix, Parameter positions) {
    Shape shape = patches.shape();
    int tokens = shape.size(1) + prefix.size();
    Shape embedded = Shape.of(shape.size(0), tokens, shape.size(2));
    Tensor y = arena.allocate(patches.dtype(), embedded);
    List<Tensor> values = prefix.stream().map(Parameter::value).toList();
    backend.pixels().embed(y, patches, values, positions.value());
    List<Parameter> learned = new ArrayList<>(prefix);
    learned.add(positions);
    return recorded(
        records(patches, learned.toArray(Parameter[]::new)),
        y,
        dy -> {
          Tensor dPatches = tape.allocate(patches);
          List<Tensor> dPrefix = prefix.stream().map(this::gradient).toList();
          backend.pixels().embedBackward(dPatches, dPrefix, gradient(positions), dy);
          tape.addGradient(patches, dPatches);
        });
  }

  /**
   * Scaled dot-product attention.
   *
   * @param qkv [B, N, 3·D]
   * @return [B, N, D]
   */
  public Tensor attention(Tensor qkv, int heads) {
    int images = qkv.shape().size(0);
    int tokens = qkv.shape().size(1);
    int width = qkv.shape().size(2) / 3;
    Tensor y = ops.factorLike(qkv, width / heads, width);
    Tensor max = arena.allocate(images, heads, tokens);
    Tensor reciprocal = arena.allocate(images, heads, tokens);
    AttentionOps attention = backend.attention();
    attention.attention(y, max, reciprocal, qkv, heads);
    return recorded(
        y, qkv, (dx, dy) -> attention.attentionBackward(dx, dy, y, qkv, max, reciprocal, heads));
  }

  /**
   * Scaled dot-product attention with q, k and v from one linear layer.
   *
   * @param x [B, N, in]
   * @param w [3·D, in]
   * @param b [3·D]
   * @return [B, N, D]
   */
  public Tensor attention(Tensor x, Parameter w, Parameter b, int heads) {
    int images = x.shape().size(0);
    int tokens = x.shape().size(1);
    int width = w.value().shape().size(0);
    int channels = width / 3 / heads;
    Tensor qkv = ops.factorLike(x, channels, width);
    if (records(x, w, b)) {
      return attention(ops.linear(qkv, x, w, b), heads);
    }
    Tensor y = ops.factorLike(x, channels, width / 3);
    Tensor max = arena.allocate(images, heads, tokens);
    Tensor reciprocal = arena.allocate(images, heads, tokens);
    Projection projection = new Projection(x, w.value(), b.value());
    backend.attention().attention(y, max, reciprocal, qkv, heads, projection);
    return y;
  }

  /**
   * Takes the first tokens of every image apart.
   *
   * @param x [B, N, D]
   * @return {@code count} tensors [B, D], float32
   */
  public List<Tensor> firstTokens(Tensor x, int count) {
    Shape shape = x.shape();
    List<Tensor> tokens = new ArrayList<>();
    for (int token = 0; token < count; token++) {
      Tensor y = arena.allocate(shape.size(0), shape.size(2));
      backend.pixels().selectToken(y, x, token);
      tokens.add(y);
    }
    if (records(x)) {
      tape.record(tokens, () -> firstTokensBackward(x, tokens));
    }
    return List.copyOf(tokens);
  }

  private void firstTokensBackward(Tensor x, List<Tensor> tokens) {
    Tensor dx = tape.allocate(x);
    backend.fill(dx, 0f);
    for (int token = 0; token < tokens.size(); token++) {
      Tensor dy = tape.gradient(tokens.get(token));
      if (dy != null) {
        backend.pixels().selectTokenBackward(dx, dy, token);
      }
    }
    tape.addGradient(x, dx);
  }
}
