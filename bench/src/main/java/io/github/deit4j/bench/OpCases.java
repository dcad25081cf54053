package io.github.deit4j.bench;

import io.github.deit4j.backend.AdamWStep;
import io.github.deit4j.backend.Backend;
import io.github.deit4j.deit.DeiTConfig;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Every op of a training step, on operands of its own. A new op of the backend gets a line here.
 */
final class OpCases {
  private static final float EPSILON = 1e-6f;
  private static final double DECAY = 0.99996;
  private static final AdamWStep STEP = new AdamWStep(1, 5e-4, 0.9, 0.999, 1e-8, 0.05, 1);

  private final Backend backend;
  private final TensorArena arena;
  private final DeiTConfig config;
  private final int batch;
  private final int tokens;
  private final int width;
  private final List<OpCase> cases = new ArrayList<>();

  private OpCases(Backend backend, TensorArena arena, DeiTConfig config, int batch) {
    this.backend = backend;
    this.arena = arena;
    this.config = config;
    this.batch = batch;
    this.tokens = config.tokens();
    this.width = config.width();
  }

  /**
   * Returns the cases.
   *
   * @param arena where their operands go, of the backend
   */
  static List<OpCase> of(Backend backend, TensorArena arena, DeiTConfig config, int batch) {
    OpCases made = new OpCases(backend, arena, config, batch);
    made.images();
    for (Layer layer : Layer.values()) {
      made.linear(layer.id(), layer.in(config), layer.out(config));
    }
    made.attention();
    made.gelu();
    made.fused();
    made.layerNorm();
    made.residual();
    made.heads();
    made.parameters();
    return List.copyOf(made.cases);
  }

  private Tensor random(int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    backend.write(tensor, MemorySegment.ofArray(RandomNumbers.array(tensor.elements())));
    return tensor;
  }

  private void add(String op, String part, Tensor result, Consumer<Backend> call) {
    cases.add(new OpCase(op, part, result.shape(), call));
  }

  private void images() {
    int patch = config.patchSize();
    int size = config.imageSize();
    Tensor images = random(batch, config.channels(), size, size);
    Tensor patches = random(batch * config.patches(), config.channels() * patch * patch);
    add("patches", "images", patches, b -> b.patches(patches, images, patch));
    Tensor embedded = random(batch, tokens, width);
    Tensor projected = random(batch * config.patches(), width);
    Tensor positions = random(tokens, width);
    List<Tensor> prefix = new ArrayList<>();
    for (int i = 0; i < config.prefixTokens(); i++) {
      prefix.add(random(width));
    }
    add("embed", "tokens", embedded, b -> b.embed(embedded, projected, prefix, positions));
    add(
        "embedBackward",
        "tokens",
        projected,
        b -> b.embedBackward(projected, prefix, positions, embedded));
  }

  private void linear(String part, int in, int out) {
    Tensor x = random(batch, tokens, in);
    Tensor w = random(out, in);
    Tensor bias = random(out);
    Tensor y = random(batch, tokens, out);
    add("linear", part, y, b -> b.linear(y, x, w, bias));
    add("linearInputGradient", part, x, b -> b.linearInputGradient(x, y, w));
    add("linearParameterGradients", part, w, b -> b.linearParameterGradients(w, bias, y, x));
  }

  private void attention() {
    int heads = config.heads();
    Tensor qkv = random(batch, tokens, 3 * width);
    Tensor dqkv = random(batch, tokens, 3 * width);
    Tensor y = random(batch, tokens, width);
    Tensor max = random(batch, heads, tokens);
    Tensor reciprocal = random(batch, heads, tokens);
    // So that the backward pass finds what belongs to qkv.
    backend.attention(y, max, reciprocal, qkv, heads);
    add("attention", "attn", y, b -> b.attention(y, max, reciprocal, qkv, heads));
    add(
        "attentionBackward",
        "attn",
        dqkv,
        b -> b.attentionBackward(dqkv, y, qkv, max, reciprocal, heads));
  }

  private void gelu() {
    Tensor x = random(batch, tokens, config.mlpWidth());
    Tensor y = random(batch, tokens, config.mlpWidth());
    Tensor dx = random(batch, tokens, config.mlpWidth());
    add("gelu", "mlp", y, b -> b.gelu(y, x));
    add("geluBackward", "mlp", dx, b -> b.geluBackward(dx, y, x));
  }

  /** What rides on the products of the feed-forward part. */
  private void fused() {
    Tensor x = random(batch, tokens, width);
    Tensor w1 = random(config.mlpWidth(), width);
    Tensor b1 = random(config.mlpWidth());
    Tensor pre = random(batch, tokens, config.mlpWidth());
    Tensor hidden = random(batch, tokens, config.mlpWidth());
    add("linearGelu", "fc1", hidden, b -> b.linearGelu(hidden, pre, x, w1, b1));
    Tensor y = random(batch, tokens, width);
    Tensor w2 = random(width, config.mlpWidth());
    Tensor b2 = random(width);
    add("addLinear", "fc2", y, b -> b.addLinear(y, x, hidden, w2, b2, null));
    Tensor dPre = random(batch, tokens, config.mlpWidth());
    add("linearGeluInputGradient", "fc2", dPre, b -> b.linearGeluInputGradient(dPre, y, w2, pre));
  }

  private void layerNorm() {
    Tensor x = random(batch, tokens, width);
    Tensor y = random(batch, tokens, width);
    Tensor dx = random(batch, tokens, width);
    Tensor base = random(batch, tokens, width);
    Tensor w = random(width);
    Tensor bias = random(width);
    Tensor mean = random(batch * tokens);
    Tensor rstd = random(batch * tokens);
    add("layerNorm", "norm", y, b -> b.layerNorm(y, mean, rstd, x, w, bias, EPSILON));
    add("layerNormBackward", "norm", dx, b -> b.layerNormBackward(dx, base, y, x, w, mean, rstd));
    add(
        "layerNormParameterGradients",
        "norm",
        w,
        b -> b.layerNormParameterGradients(w, bias, y, x, mean, rstd));
  }

  private void residual() {
    Tensor x = random(batch, tokens, width);
    Tensor branch = random(batch, tokens, width);
    Tensor y = random(batch, tokens, width);
    float[] factors = RandomNumbers.array(batch);
    add("add", "residual", y, b -> b.add(y, x, branch));
    add("addBranch", "residual", y, b -> b.addBranch(y, x, branch, factors));
    add("addBranchBackward", "residual", branch, b -> b.addBranchBackward(branch, y, factors));
  }

  private void heads() {
    Tensor x = random(batch, tokens, width);
    Tensor token = random(batch, width);
    add("selectToken", "heads", token, b -> b.selectToken(token, x, 0));
    add("selectTokenBackward", "heads", x, b -> b.selectTokenBackward(x, token, 0));
    Tensor logits = random(batch, config.classes());
    Tensor teacher = random(batch, config.classes());
    Tensor gradient = random(batch, config.classes());
    Tensor losses = arena.allocate(DType.F64, Shape.of(batch));
    add(
        "crossEntropy",
        "loss",
        gradient,
        b -> b.crossEntropy(losses, gradient, logits, teacher, 1));
    add("hardLabels", "loss", gradient, b -> b.hardLabels(gradient, teacher));
    Tensor ranks = arena.allocate(DType.I32, Shape.of(batch));
    int[] labels = new int[batch];
    add("score", "metrics", ranks, b -> b.score(ranks, losses, logits, teacher, labels));
    add("divergence", "loss", gradient, b -> b.divergence(losses, gradient, logits, teacher, 3, 1));
  }

  private void parameters() {
    int count = Math.toIntExact(config.parameterCount());
    Tensor p = random(count);
    Tensor m = random(count);
    Tensor v = arena.allocate(count);
    backend.fill(v, 1f); // second moments are not negative
    Tensor g = random(count);
    add("fill", "parameters", g, b -> b.fill(g, 0f));
    add("sumOfSquares", "parameters", g, b -> b.sumOfSquares(List.of(g)));
    add("adamW", "parameters", p, b -> b.adamW(p, m, v, g, STEP));
    add("ema", "parameters", m, b -> b.ema(m, p, DECAY));
    Tensor average = random(count);
    add("adamWEma", "parameters", p, b -> b.adamWEma(p, m, v, average, g, STEP, DECAY));
  }
}
