package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.AttentionOps.Projection;
import io.github.deit4j.op.Box;
import io.github.deit4j.op.Erasure;
import io.github.deit4j.op.ImageMix;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.op.OptimizerOps.SgdStep;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.DeiTConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Every op of a {@link Backend} for vision transformers, on operands of its own. A new op of the
 * backend gets a line here.
 */
public final class OpCases {
  private static final float EPSILON = 1e-6f;
  private static final double DECAY = 0.99996;
  private static final AdamWStep STEP = new AdamWStep(1, 5e-4, 0.9, 0.999, 1e-8, 0.05, 1);

  private static final StreamKey STREAM = new StreamKey(1, 0, 0, 0);

  private final Backend backend;
  private final TensorArena arena;
  private final DeiTConfig config;
  private final int batch;
  private final int tokens;
  private final int width;
  private final List<OpCase> cases = new ArrayList<>();
  private String part;

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
  public static List<OpCase> of(Backend backend, TensorArena arena, DeiTConfig config, int batch) {
    OpCases made = new OpCases(backend, arena, config, batch);
    made.parts().keySet().forEach(made::make);
    return List.copyOf(made.cases);
  }

  /**
   * Returns one case, with memory only for the part of the model that it belongs to.
   *
   * @param arena where the operands go, of the backend
   * @param name its {@link OpCase#name}
   * @throws IllegalArgumentException if there is none of that name
   */
  public static OpCase named(
      Backend backend, TensorArena arena, DeiTConfig config, int batch, String name) {
    OpCases made = new OpCases(backend, arena, config, batch);
    String part = OpCase.part(name);
    if (made.parts().containsKey(part)) {
      made.make(part);
    }
    return OpCase.find(made.cases, name);
  }

  private void make(String name) {
    part = name;
    parts().get(name).run();
  }

  /** What makes the cases, by the part of the model where they stand. */
  private Map<String, Runnable> parts() {
    Map<String, Runnable> parts = new LinkedHashMap<>();
    parts.put("pixels", this::pixels);
    parts.put("images", this::images);
    parts.put("tokens", this::tokens);
    for (Layer layer : Layer.values()) {
      parts.put(layer.id(), () -> linear(layer));
      parts.put(layer.id() + "-prepared", () -> prepared(layer));
    }
    parts.put("fc1-gelu", this::linearGelu);
    parts.put("fc2-residual", this::linearResidual);
    parts.put("attn", this::attention);
    parts.put("attn-projected", this::projectedAttention);
    parts.put("mlp", this::mlp);
    parts.put("norm", this::layerNorm);
    parts.put("residual", this::residual);
    parts.put("residual-scaled", this::scaledResidual);
    parts.put("heads", this::heads);
    parts.put("loss", this::losses);
    parts.put("parameters", this::parameters);
    parts.put("parameters-ema", this::averagedParameters);
    return parts;
  }

  private Tensor random(int... sizes) {
    return RandomNumbers.tensor(backend, arena, sizes);
  }

  private void add(String op, Tensor result, Consumer<Backend> call) {
    cases.add(new OpCase(op, part, result.shape(), call));
  }

  private Tensor imageBatch() {
    return random(batch, config.channels(), config.imageSize(), config.imageSize());
  }

  /** On the way from decoded images to the model's input. */
  private void pixels() {
    Tensor y = imageBatch();
    Tensor partners = imageBatch();
    Tensor bytes = arena.allocate(DType.U8, y.shape());
    float[] mean = {0.485f, 0.456f, 0.406f};
    float[] std = {0.229f, 0.224f, 0.225f};
    add("normalize", y, b -> b.pixels().normalize(y, bytes, mean, std));
    int half = config.imageSize() / 2;
    Box box = new Box(half / 2, half / 2, half, half);
    List<Erasure> erasures = new ArrayList<>();
    List<ImageMix> mixes = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      erasures.add(new Erasure(i, box, Erasure.Fill.PIXEL, STREAM.plus(i)));
      mixes.add(ImageMix.mixup(0.7));
    }
    add("erase", y, b -> b.pixels().erase(y, erasures));
    add("mix", y, b -> b.pixels().mix(y, partners, mixes));
  }

  private void images() {
    int patch = config.patchSize();
    Tensor images = imageBatch();
    Tensor patches = random(batch * config.patches(), config.channels() * patch * patch);
    add("patches", patches, b -> b.pixels().patches(patches, images, patch));
    add("patchesBackward", images, b -> b.pixels().patchesBackward(images, patches, patch));
  }

  private void tokens() {
    Tensor y = random(batch, tokens, width);
    Tensor patches = random(batch * config.patches(), width);
    Tensor positions = random(tokens, width);
    List<Tensor> prefix = new ArrayList<>();
    for (int i = 0; i < config.prefixTokens(); i++) {
      prefix.add(random(width));
    }
    add("embed", y, b -> b.pixels().embed(y, patches, prefix, positions));
    add("embedBackward", patches, b -> b.pixels().embedBackward(patches, prefix, positions, y));
    add("dropout", y, b -> b.elementwise().dropout(y, y, 0.1, STREAM));
  }

  /** The layer's products. */
  private void linear(Layer layer) {
    Tensor x = random(batch, tokens, layer.in(config));
    Tensor w = random(layer.out(config), layer.in(config));
    Tensor bias = random(layer.out(config));
    Tensor y = random(batch, tokens, layer.out(config));
    add("linear", y, b -> b.linear().linear(y, x, w, bias));
    add("linearInputGradient", x, b -> b.linear().linearInputGradient(x, y, w));
    add("linearParameterGradients", w, b -> b.linear().linearParameterGradients(w, bias, y, x));
  }

  private void linearGelu() {
    Tensor x = random(batch, tokens, width);
    Tensor w = random(config.mlpWidth(), width);
    Tensor bias = random(config.mlpWidth());
    Tensor y = random(batch, tokens, config.mlpWidth());
    LinearEpilogue gelu = new LinearEpilogue.Gelu(random(batch, tokens, config.mlpWidth()));
    add("linear", y, b -> b.linear().linear(y, x, w, bias, gelu));
  }

  /** Of the second layer of an MLP: onto the residual connection, and back through the GELU. */
  private void linearResidual() {
    Tensor x = random(batch, tokens, config.mlpWidth());
    Tensor pre = random(batch, tokens, config.mlpWidth());
    Tensor w = random(width, config.mlpWidth());
    Tensor bias = random(width);
    Tensor y = random(batch, tokens, width);
    Residual base = Residual.to(random(batch, tokens, width));
    LinearEpilogue sum = new LinearEpilogue.Add(base, null);
    add("linear", y, b -> b.linear().linear(y, x, w, bias, sum));
    add("linearInputGradient", x, b -> b.linear().linearInputGradient(x, y, w, pre));
  }

  /** With the weight laid out beforehand, as a loaded model's is. */
  private void prepared(Layer layer) {
    Tensor x = random(batch, tokens, layer.in(config));
    Tensor w = random(layer.out(config), layer.in(config));
    Tensor bias = random(layer.out(config));
    Tensor y = random(batch, tokens, layer.out(config));
    backend.linear().prepare(w);
    add("linear", y, b -> b.linear().linear(y, x, w, bias));
  }

  private void attention() {
    int heads = config.heads();
    Tensor qkv = random(batch, tokens, 3 * width);
    Tensor dqkv = random(batch, tokens, 3 * width);
    Tensor y = random(batch, tokens, width);
    Tensor max = random(batch, heads, tokens);
    Tensor reciprocal = random(batch, heads, tokens);
    // So that the backward pass finds what belongs to qkv.
    backend.attention().attention(y, max, reciprocal, qkv, heads);
    add("attention", y, b -> b.attention().attention(y, max, reciprocal, qkv, heads));
    add(
        "attentionBackward",
        dqkv,
        b -> b.attention().attentionBackward(dqkv, y, qkv, max, reciprocal, heads));
    Tensor probabilities = random(batch, heads, tokens, tokens);
    add(
        "attentionProbabilities",
        probabilities,
        b -> b.attention().attentionProbabilities(probabilities, qkv, heads));
  }

  /** With the product that makes q, k and v, whose weight is laid out as a loaded model's is. */
  private void projectedAttention() {
    int heads = config.heads();
    Tensor y = random(batch, tokens, width);
    Tensor qkv = random(batch, tokens, 3 * width);
    Tensor max = random(batch, heads, tokens);
    Tensor reciprocal = random(batch, heads, tokens);
    Tensor w = random(3 * width, width);
    backend.linear().prepare(w);
    var projection = new Projection(random(batch, tokens, width), w, random(3 * width));
    add("attention", y, b -> b.attention().attention(y, max, reciprocal, qkv, heads, projection));
  }

  private void mlp() {
    Tensor x = random(batch, tokens, config.mlpWidth());
    Tensor y = random(batch, tokens, config.mlpWidth());
    Tensor dx = random(batch, tokens, config.mlpWidth());
    add("gelu", y, b -> b.elementwise().gelu(y, x));
    add("geluBackward", dx, b -> b.elementwise().geluBackward(dx, y, x));
    feedForward();
  }

  private void feedForward() {
    Tensor x = random(batch, tokens, width);
    Tensor hidden = random(batch, tokens, config.mlpWidth());
    Tensor y = random(batch, tokens, width);
    Tensor base = random(batch, tokens, width);
    Tensor w1 = random(config.mlpWidth(), width);
    Tensor b1 = random(config.mlpWidth());
    Tensor w2 = random(width, config.mlpWidth());
    Tensor b2 = random(width);
    LinearEpilogue add = new LinearEpilogue.Add(Residual.to(base), null);
    add("feedForward", y, b -> b.linear().feedForward(y, hidden, x, w1, b1, w2, b2, add));
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
    // So that the backward pass finds the statistics of x.
    backend.normalization().layerNorm(y, mean, rstd, x, w, bias, EPSILON);
    add("layerNorm", y, b -> b.normalization().layerNorm(y, mean, rstd, x, w, bias, EPSILON));
    add(
        "layerNormBackward",
        dx,
        b -> b.normalization().layerNormBackward(dx, base, y, x, w, mean, rstd));
    add(
        "layerNormParameterGradients",
        w,
        b -> b.normalization().layerNormParameterGradients(w, bias, y, x, mean, rstd));
  }

  private void residual() {
    Tensor x = random(batch, tokens, width);
    Tensor branch = random(batch, tokens, width);
    Tensor y = random(batch, tokens, width);
    float[] factors = RandomNumbers.array(batch);
    add("add", y, b -> b.elementwise().add(y, x, branch));
    Residual residual = new Residual(x, factors, null);
    add("addBranch", y, b -> b.elementwise().addBranch(y, residual, branch));
    add("addBranchBackward", branch, b -> b.elementwise().addBranchBackward(branch, y, residual));
    add("copy", y, b -> b.copy(y, x));
  }

  /** With LayerScale. */
  private void scaledResidual() {
    Tensor x = random(batch, tokens, width);
    Tensor branch = random(batch, tokens, width);
    Tensor y = random(batch, tokens, width);
    Tensor dScale = random(width);
    float[] factors = RandomNumbers.array(batch);
    Residual scaled = new Residual(x, factors, random(width));
    add("addBranch", y, b -> b.elementwise().addBranch(y, scaled, branch));
    add("addBranchBackward", branch, b -> b.elementwise().addBranchBackward(branch, y, scaled));
    add(
        "layerScaleGradient",
        dScale,
        b -> b.elementwise().layerScaleGradient(dScale, y, branch, factors));
  }

  private void heads() {
    Tensor x = random(batch, tokens, width);
    Tensor token = random(batch, width);
    add("selectToken", token, b -> b.pixels().selectToken(token, x, 0));
    add("selectTokenBackward", x, b -> b.pixels().selectTokenBackward(x, token, 0));
  }

  private void losses() {
    Tensor logits = random(batch, config.classes());
    Tensor teacher = random(batch, config.classes());
    Tensor gradient = random(batch, config.classes());
    Tensor losses = arena.allocate(DType.F64, Shape.of(batch));
    add("crossEntropy", gradient, b -> b.loss().crossEntropy(losses, gradient, logits, teacher, 1));
    add("divergence", gradient, b -> b.loss().divergence(losses, gradient, logits, teacher, 3, 1));
    add("hardLabels", gradient, b -> b.loss().hardLabels(gradient, teacher));
    Tensor ranks = arena.allocate(DType.I32, Shape.of(batch));
    int[] labels = new int[batch];
    add("score", ranks, b -> b.loss().score(ranks, losses, logits, teacher, labels));
  }

  private void parameters() {
    int count = Math.toIntExact(config.parameterCount());
    Tensor p = random(count);
    Tensor m = random(count);
    Tensor v = arena.allocate(count);
    backend.fill(v, 1f); // second moments are not negative
    Tensor g = random(count);
    add("fill", g, b -> b.fill(g, 0f));
    add("sumOfSquares", g, b -> b.optimizer().sumOfSquares(List.of(g)));
    add("adamW", p, b -> b.optimizer().adamW(p, m, v, g, STEP));
    add("sgd", p, b -> b.optimizer().sgd(p, m, g, new SgdStep(1, 0.05, 0.9, 5e-4)));
    add("ema", m, b -> b.optimizer().ema(m, p, DECAY));
  }

  private void averagedParameters() {
    int count = Math.toIntExact(config.parameterCount());
    Tensor p = random(count);
    Tensor m = random(count);
    Tensor v = arena.allocate(count);
    backend.fill(v, 1f); // second moments are not negative
    Tensor g = random(count);
    Average following = new Average(random(count), DECAY);
    add("adamW", p, b -> b.optimizer().adamW(p, m, v, g, STEP, following));
  }
}
