package io.github.deit4j.bench.cases;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.AdamWStep;
import io.github.deit4j.op.Box;
import io.github.deit4j.op.Erasure;
import io.github.deit4j.op.ImageMix;
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
import java.util.Set;
import java.util.function.Consumer;

/**
 * Every op of {@link Backend}, on operands of its own. A new op of the backend gets a line here.
 */
public final class OpCases {
  private static final float EPSILON = 1e-6f;
  private static final double DECAY = 0.99996;
  private static final AdamWStep STEP = new AdamWStep(1, 5e-4, 0.9, 0.999, 1e-8, 0.05, 1);

  private static final StreamKey STREAM = new StreamKey(1, 0, 0, 0);

  static final Set<String> MAIN =
      Set.of(
          "qkv/linear",
          "qkv/linearInputGradient",
          "qkv/linearParameterGradients",
          "qkv-prepared/linear",
          "proj/linear",
          "fc1/linear",
          "fc1/linearGelu",
          "fc1/linearParameterGradients",
          "fc2/linear",
          "fc2/addLinear",
          "fc2/linearGeluInputGradient",
          "attn/attention",
          "attn/attentionBackward",
          "mlp/gelu",
          "norm/layerNorm",
          "norm/layerNormBackward",
          "parameters/adamW");

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
    parts.put("attn", this::attention);
    parts.put("mlp", this::mlp);
    parts.put("norm", this::layerNorm);
    parts.put("residual", this::residual);
    parts.put("heads", this::heads);
    parts.put("loss", this::losses);
    parts.put("parameters", this::parameters);
    return parts;
  }

  private Tensor random(int... sizes) {
    return BenchmarkData.tensor(backend, arena, sizes);
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
    float[] mean = BenchmarkData.numbers(config.channels());
    float[] std = BenchmarkData.numbers(config.channels());
    add("normalize", y, b -> b.normalize(y, bytes, mean, std));
    int half = config.imageSize() / 2;
    Box box = new Box(half / 2, half / 2, half, half);
    List<Erasure> erasures = new ArrayList<>();
    List<ImageMix> mixes = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      erasures.add(new Erasure(i, box, Erasure.Fill.PIXEL, STREAM.plus(i)));
      mixes.add(ImageMix.mixup(0.7));
    }
    add("erase", y, b -> b.erase(y, erasures));
    add("mix", y, b -> b.mix(y, partners, mixes));
  }

  private void images() {
    int patch = config.patchSize();
    Tensor images = imageBatch();
    Tensor patches = random(batch * config.patches(), config.channels() * patch * patch);
    add("patches", patches, b -> b.patches(patches, images, patch));
    add("patchesBackward", images, b -> b.patchesBackward(images, patches, patch));
  }

  private void tokens() {
    Tensor y = random(batch, tokens, width);
    Tensor patches = random(batch * config.patches(), width);
    Tensor positions = random(tokens, width);
    List<Tensor> prefix = new ArrayList<>();
    for (int i = 0; i < config.prefixTokens(); i++) {
      prefix.add(random(width));
    }
    add("embed", y, b -> b.embed(y, patches, prefix, positions));
    add("embedBackward", patches, b -> b.embedBackward(patches, prefix, positions, y));
    add("dropout", y, b -> b.dropout(y, y, 0.1, STREAM));
  }

  /** The layer's products, and what rides on them. */
  private void linear(Layer layer) {
    Tensor x = random(batch, tokens, layer.in(config));
    Tensor w = random(layer.out(config), layer.in(config));
    Tensor bias = random(layer.out(config));
    Tensor y = random(batch, tokens, layer.out(config));
    add("linear", y, b -> b.linear(y, x, w, bias));
    add("linearInputGradient", x, b -> b.linearInputGradient(x, y, w));
    add("linearParameterGradients", w, b -> b.linearParameterGradients(w, bias, y, x));
    if (layer == Layer.FC1) {
      Tensor pre = random(batch, tokens, config.mlpWidth());
      add("linearGelu", y, b -> b.linearGelu(y, pre, x, w, bias));
    }
    if (layer == Layer.FC2) {
      Tensor base = random(batch, tokens, width);
      Tensor pre = random(batch, tokens, config.mlpWidth());
      add("addLinear", y, b -> b.addLinear(y, base, x, w, bias, null));
      add("linearGeluInputGradient", x, b -> b.linearGeluInputGradient(x, y, w, pre));
    }
  }

  /** With the weight laid out beforehand, as a loaded model's is. */
  private void prepared(Layer layer) {
    Tensor x = random(batch, tokens, layer.in(config));
    Tensor w = random(layer.out(config), layer.in(config));
    Tensor bias = random(layer.out(config));
    Tensor y = random(batch, tokens, layer.out(config));
    backend.prepare(w);
    add("linear", y, b -> b.linear(y, x, w, bias));
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
    add("attention", y, b -> b.attention(y, max, reciprocal, qkv, heads));
    add("attentionBackward", dqkv, b -> b.attentionBackward(dqkv, y, qkv, max, reciprocal, heads));
    Tensor probabilities = random(batch, heads, tokens, tokens);
    add(
        "attentionProbabilities",
        probabilities,
        b -> b.attentionProbabilities(probabilities, qkv, heads));
    Tensor x = random(batch, tokens, width);
    Tensor w = random(3 * width, width);
    Tensor bias = random(3 * width);
    // As a loaded model's.
    backend.prepare(w);
    add("selfAttention", y, b -> b.selfAttention(y, qkv, max, reciprocal, x, w, bias, heads));
  }

  private void mlp() {
    Tensor x = random(batch, tokens, config.mlpWidth());
    Tensor y = random(batch, tokens, config.mlpWidth());
    Tensor dx = random(batch, tokens, config.mlpWidth());
    add("gelu", y, b -> b.gelu(y, x));
    add("geluBackward", dx, b -> b.geluBackward(dx, y, x));
    addMlp();
  }

  private void addMlp() {
    Tensor x = random(batch, tokens, width);
    Tensor hidden = random(batch, tokens, config.mlpWidth());
    Tensor y = random(batch, tokens, width);
    Tensor base = random(batch, tokens, width);
    Tensor w1 = random(config.mlpWidth(), width);
    Tensor b1 = random(config.mlpWidth());
    Tensor w2 = random(width, config.mlpWidth());
    Tensor b2 = random(width);
    add("addMlp", y, b -> b.addMlp(y, hidden, base, x, w1, b1, w2, b2));
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
    backend.layerNorm(y, mean, rstd, x, w, bias, EPSILON);
    add("layerNorm", y, b -> b.layerNorm(y, mean, rstd, x, w, bias, EPSILON));
    add("layerNormBackward", dx, b -> b.layerNormBackward(dx, base, y, x, w, mean, rstd));
    add(
        "layerNormParameterGradients",
        w,
        b -> b.layerNormParameterGradients(w, bias, y, x, mean, rstd));
  }

  private void residual() {
    Tensor x = random(batch, tokens, width);
    Tensor branch = random(batch, tokens, width);
    Tensor y = random(batch, tokens, width);
    float[] factors = BenchmarkData.numbers(batch);
    add("add", y, b -> b.add(y, x, branch));
    add("addBranch", y, b -> b.addBranch(y, x, branch, factors));
    add("addBranchBackward", branch, b -> b.addBranchBackward(branch, y, factors));
    add("copy", y, b -> b.copy(y, x));
  }

  private void heads() {
    Tensor x = random(batch, tokens, width);
    Tensor token = random(batch, width);
    add("selectToken", token, b -> b.selectToken(token, x, 0));
    add("selectTokenBackward", x, b -> b.selectTokenBackward(x, token, 0));
  }

  private void losses() {
    Tensor logits = random(batch, config.classes());
    Tensor teacher = random(batch, config.classes());
    Tensor gradient = random(batch, config.classes());
    Tensor losses = arena.allocate(DType.F64, Shape.of(batch));
    add("crossEntropy", gradient, b -> b.crossEntropy(losses, gradient, logits, teacher, 1));
    add("divergence", gradient, b -> b.divergence(losses, gradient, logits, teacher, 3, 1));
    add("hardLabels", gradient, b -> b.hardLabels(gradient, teacher));
    Tensor ranks = arena.allocate(DType.I32, Shape.of(batch));
    int[] labels = new int[batch];
    add("score", ranks, b -> b.score(ranks, losses, logits, teacher, labels));
  }

  private void parameters() {
    int count = Math.toIntExact(config.parameterCount());
    Tensor p = random(count);
    Tensor m = random(count);
    Tensor v = arena.allocate(count);
    backend.fill(v, 1f); // second moments are not negative
    Tensor g = random(count);
    add("fill", g, b -> b.fill(g, 0f));
    add("sumOfSquares", g, b -> b.sumOfSquares(List.of(g)));
    add("adamW", p, b -> b.adamW(p, m, v, g, STEP));
    add("sgd", p, b -> b.sgd(p, m, g, 1, 0.05, 0.9, 5e-4));
    add("ema", m, b -> b.ema(m, p, DECAY));
    Tensor average = random(count);
    add("adamWEma", p, b -> b.adamWEma(p, m, v, average, g, STEP, DECAY));
  }
}
