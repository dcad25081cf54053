package io.github.deit4j.bench.cases;

import static io.github.deit4j.bench.cases.ReferenceLibrary.Reference.of;

import io.github.deit4j.bench.cases.OpCase.Layer;
import io.github.deit4j.bench.cases.ReferenceLibrary.Reference;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.AttentionOps.Projection;
import io.github.deit4j.op.Clipping;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.op.OptimizerOps.LambStep;
import io.github.deit4j.op.OptimizerOps.SgdStep;
import io.github.deit4j.op.PixelOps.Box;
import io.github.deit4j.op.PixelOps.Erasure;
import io.github.deit4j.op.PixelOps.ImageMix;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.ViTConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The catalogue of ops: every op of vision transformers on operands of its own, with what it is in
 * other libraries; those of convolutional networks have cases beside their kernels. A new op gets a
 * line here.
 */
public final class OpCases {
  private static final float EPSILON = 1e-6f;
  private static final double DECAY = 0.99996;
  private static final AdamWStep STEP = new AdamWStep(1, 5e-4, 0.9, 0.999, 1e-8, 0.05);
  private static final LambStep LAMB_STEP =
      new LambStep(1, 3e-3, 0.9, 0.999, 1e-6, 0.05, true, true, false);
  private static final Clipping CLIPPING = new Clipping(1, Clipping.Rule.TORCH);

  private static final StreamKey STREAM = new StreamKey(1, 0, 0, 0);

  private final Backend backend;
  private final TensorArena arena;
  private final ViTConfig config;
  private final int batch;
  private final int width;
  private final int hidden;
  private final Map<String, Runnable> parts = new LinkedHashMap<>();
  private final List<OpCase> cases = new ArrayList<>();
  private String part;

  private OpCases(Backend backend, TensorArena arena, ViTConfig config, int batch) {
    this.backend = backend;
    this.arena = arena;
    this.config = config;
    this.batch = batch;
    this.width = config.width();
    this.hidden = config.mlpWidth();
    parts.put("pixels", this::pixels);
    parts.put("images", this::images);
    parts.put("tokens", this::tokens);
    for (Layer layer : Layer.values()) {
      parts.put(layer.id(), () -> linear(layer));
      parts.put(layer.id() + OpCase.PREPARED, () -> prepared(layer));
    }
    parts.put("fc1-gelu", this::linearGelu);
    parts.put("fc2-residual", this::linearResidual);
    parts.put("attn", this::attention);
    parts.put("attn-projected", this::projectedAttention);
    parts.put("mlp", this::mlp);
    parts.put("norm", this::layerNorm);
    parts.put("residual", () -> residual(null));
    parts.put("residual-scaled", () -> residual(random(width)));
    parts.put("feature-maps", this::featureMaps);
    parts.put("heads", this::heads);
    parts.put("loss", this::losses);
    parts.put("parameters", () -> parameters(false));
    parts.put("parameters-ema", () -> parameters(true));
  }

  public static List<String> parts(ViTConfig config) {
    return List.copyOf(new OpCases(null, null, config, 1).parts.keySet());
  }

  /**
   * Returns the cases of a part of the model, which alone take memory.
   *
   * @param arena where their operands go, of the backend
   */
  public static List<OpCase> part(
      Backend backend, TensorArena arena, ViTConfig config, int batch, String part) {
    OpCases made = new OpCases(backend, arena, config, batch);
    made.part = part;
    made.parts.get(part).run();
    return made.cases;
  }

  /** Adds an op of which much of a step's time consists, with what it is in other libraries. */
  private void main(Tensor result, Consumer<Backend> call, Reference reference) {
    // Once called, it tells its name and its operands.
    OpCall[] seen = new OpCall[1];
    backend.observe((op, operands, _) -> seen[0] = new OpCall(op, Arrays.asList(operands)));
    call.accept(backend);
    backend.observe(null);
    cases.add(new OpCase(part, seen[0].op(), seen[0].cost(), result, call, reference));
  }

  private void add(Tensor result, Consumer<Backend> call) {
    main(result, call, null);
  }

  private Tensor random(int... sizes) {
    return BenchmarkData.tensor(backend, arena, sizes);
  }

  private Tensor activation(int... sizes) {
    return BenchmarkData.activation(backend, arena, sizes);
  }

  private Tensor imageBatch() {
    return random(batch, config.channels(), config.imageSize(), config.imageSize());
  }

  private Tensor tokens(int columns) {
    return activation(batch, config.tokens(), columns);
  }

  private void pixels() {
    Tensor x = imageBatch();
    Tensor y = imageBatch();
    Tensor bytes = arena.allocate(DType.U8, y.shape());
    float[] mean = BenchmarkData.numbers(config.channels());
    float[] std = BenchmarkData.numbers(config.channels());
    Box box = new Box(0, 0, config.imageSize() / 2, config.imageSize() / 2);
    List<Erasure> erasures =
        IntStream.range(0, batch)
            .mapToObj(i -> new Erasure(i, box, Erasure.Fill.PIXEL, STREAM.plus(i)))
            .toList();
    List<ImageMix> mixes = Collections.nCopies(batch, ImageMix.mixup(0.7));
    add(y, b -> b.pixels().normalize(y, bytes, mean, std));
    add(y, b -> b.pixels().erase(y, erasures));
    add(x, b -> b.pixels().mix(x, y, mixes));
  }

  private void images() {
    int patch = config.patchSize();
    Tensor images = imageBatch();
    Tensor patches = activation(batch * config.patches(), config.channels() * patch * patch);
    add(patches, b -> b.pixels().patches(patches, images, patch));
    add(images, b -> b.pixels().patchesBackward(images, patches, patch));
  }

  private void tokens() {
    Tensor y = tokens(width);
    Tensor patches = activation(batch * config.patches(), width);
    Tensor dPatches = activation(batch * config.patches(), width);
    Tensor positions = random(config.tokens(), width);
    List<Tensor> prefix =
        Stream.generate(() -> random(width)).limit(config.prefixTokens()).toList();
    add(y, b -> b.pixels().embed(y, patches, prefix, positions));
    add(dPatches, b -> b.pixels().embedBackward(dPatches, prefix, positions, y));
    add(y, b -> b.elementwise().dropout(y, y, 0.1, STREAM));
  }

  private void linear(Layer layer) {
    int in = layer.in(config);
    int out = layer.out(config);
    Tensor x = tokens(in);
    Tensor dx = tokens(in);
    Tensor y = tokens(out);
    Tensor w = random(out, in);
    Tensor bias = random(out);
    Tensor dw = random(out, in);
    Tensor db = random(out);
    main(y, b -> b.linear().linear(y, x, w, bias), of("linear", x, w, bias));
    main(dx, b -> b.linear().linearInputGradient(dx, y, w), of("matmul", y, w));
    main(
        dw,
        b -> b.linear().linearParameterGradients(dw, db, y, x),
        of("linear_gradients", dw, db, y, x));
  }

  private void prepared(Layer layer) {
    Tensor x = tokens(layer.in(config));
    Tensor y = tokens(layer.out(config));
    Tensor w = random(layer.out(config), layer.in(config));
    Tensor bias = random(layer.out(config));
    backend.linear().prepare(w);
    add(y, b -> b.linear().linear(y, x, w, bias));
  }

  private void linearGelu() {
    Tensor x = tokens(width);
    Tensor y = tokens(hidden);
    Tensor w = random(hidden, width);
    Tensor bias = random(hidden);
    LinearEpilogue gelu = new LinearEpilogue.Gelu(tokens(hidden));
    main(y, b -> b.linear().linear(y, x, w, bias, gelu), of("gelu", of("linear", x, w, bias)));
  }

  /** Of the second layer of an MLP: onto the residual connection, and back through the GELU. */
  private void linearResidual() {
    Tensor x = tokens(hidden);
    Tensor pre = tokens(hidden);
    Tensor dx = tokens(hidden);
    Tensor y = tokens(width);
    Tensor base = tokens(width);
    Tensor w = random(width, hidden);
    Tensor bias = random(width);
    LinearEpilogue sum = new LinearEpilogue.Add(Residual.to(base), null);
    main(y, b -> b.linear().linear(y, x, w, bias, sum), of("add", base, of("linear", x, w, bias)));
    main(
        dx,
        b -> b.linear().linearInputGradient(dx, y, w, pre),
        of("gelu_backward", of("matmul", y, w), pre));
  }

  private void attention() {
    int heads = config.heads();
    Tensor qkv = tokens(3 * width);
    Tensor dqkv = tokens(3 * width);
    Tensor y = tokens(width);
    Tensor dy = tokens(width);
    Tensor max = random(batch, heads, config.tokens());
    Tensor reciprocal = random(batch, heads, config.tokens());
    Tensor probabilities = random(batch, heads, config.tokens(), config.tokens());
    main(
        y,
        b -> b.attention().attention(y, max, reciprocal, qkv, heads),
        of("attention", qkv, heads));
    main(
        dqkv,
        b -> b.attention().attentionBackward(dqkv, dy, y, qkv, max, reciprocal, heads),
        of("gradient", dy, of("attention", qkv, heads), qkv));
    add(probabilities, b -> b.attention().attentionProbabilities(probabilities, qkv, heads));
  }

  /** With the product that makes q, k and v, whose weight is laid out as a loaded model's is. */
  private void projectedAttention() {
    int heads = config.heads();
    Tensor x = tokens(width);
    Tensor y = tokens(width);
    Tensor qkv = tokens(3 * width);
    Tensor max = random(batch, heads, config.tokens());
    Tensor reciprocal = random(batch, heads, config.tokens());
    Tensor w = random(3 * width, width);
    Tensor bias = random(3 * width);
    backend.linear().prepare(w);
    var projection = new Projection(x, w, bias);
    main(
        y,
        b -> b.attention().attention(y, max, reciprocal, qkv, heads, projection),
        of("attention", of("linear", x, w, bias), heads));
  }

  private void mlp() {
    Tensor x = tokens(hidden);
    Tensor y = tokens(hidden);
    Tensor dx = tokens(hidden);
    main(y, b -> b.elementwise().gelu(y, x), of("gelu", x));
    add(dx, b -> b.elementwise().geluBackward(dx, y, x));
    Tensor in = tokens(width);
    Tensor out = tokens(width);
    Tensor base = tokens(width);
    Tensor w1 = random(hidden, width);
    Tensor b1 = random(hidden);
    Tensor w2 = random(width, hidden);
    Tensor b2 = random(width);
    LinearEpilogue sum = new LinearEpilogue.Add(Residual.to(base), null);
    main(
        out,
        b -> b.linear().feedForward(out, x, in, w1, b1, w2, b2, sum),
        of("add", base, of("linear", of("gelu", of("linear", in, w1, b1)), w2, b2)));
  }

  private void layerNorm() {
    Tensor x = tokens(width);
    Tensor y = tokens(width);
    Tensor dy = tokens(width);
    Tensor dx = tokens(width);
    Tensor base = tokens(width);
    Tensor w = random(width);
    Tensor bias = random(width);
    Tensor dw = random(width);
    Tensor db = random(width);
    Tensor mean = random(batch * config.tokens());
    Tensor rstd = random(batch * config.tokens());
    main(
        y,
        b -> b.normalization().layerNorm(y, mean, rstd, x, w, bias, EPSILON),
        of("layer_norm", x, w, bias, EPSILON));
    main(
        dx,
        b -> b.normalization().layerNormBackward(dx, base, dy, x, w, mean, rstd),
        of("add", base, of("gradient", dy, of("layer_norm", x, w, bias, EPSILON), x)));
    add(dw, b -> b.normalization().layerNormParameterGradients(dw, db, dy, x, mean, rstd));
    add(dx, b -> b.normalization().layerNormGradients(dx, dw, db, base, dy, x, w, mean, rstd));
  }

  /** With stochastic depth, and LayerScale or null. */
  private void residual(Tensor scale) {
    Tensor x = tokens(width);
    Tensor branch = tokens(width);
    Tensor y = tokens(width);
    float[] factors = BenchmarkData.numbers(batch);
    Residual residual = new Residual(x, factors, scale);
    add(y, b -> b.elementwise().addBranch(y, residual, branch));
    add(y, b -> b.elementwise().addBranchBackward(y, branch, residual));
    if (scale == null) {
      add(y, b -> b.elementwise().add(y, x, branch));
      add(y, b -> b.copy(y, x));
    } else {
      Tensor dScale = random(width);
      add(dScale, b -> b.elementwise().layerScaleGradient(dScale, y, branch, factors));
    }
  }

  /** What convolutional networks do besides, as if the patches' tokens were pixels. */
  private void featureMaps() {
    int side = config.imageSize() / config.patchSize();
    Tensor planes = random(batch, width, side, side);
    Tensor map = random(batch, side, side, width);
    Statistics found = new Statistics(random(width), random(width));
    Statistics running = new Statistics(random(width), random(width));
    add(map, b -> b.convolution().channelsLast(map, planes));
    add(planes, b -> b.convolution().channelsFirst(planes, map));
    add(found.mean(), b -> b.normalization().batchStatistics(found, map));
    add(
        running.mean(),
        b -> b.normalization().updateStatistics(running, found, map.elements(), 0.1));
  }

  private void heads() {
    Tensor x = tokens(width);
    Tensor token = random(batch, width);
    add(token, b -> b.pixels().selectToken(token, x, 0));
    add(x, b -> b.pixels().selectTokenBackward(x, token, 0));
  }

  private void losses() {
    Tensor x = random(batch, config.classes());
    Tensor teacher = random(batch, config.classes());
    Tensor dx = random(batch, config.classes());
    Tensor losses = arena.allocate(DType.F64, Shape.of(batch));
    Tensor ranks = arena.allocate(DType.I32, Shape.of(batch));
    add(dx, b -> b.loss().crossEntropy(losses, dx, x, teacher, 1));
    add(dx, b -> b.loss().binaryCrossEntropy(losses, dx, x, teacher, 1));
    add(dx, b -> b.loss().divergence(losses, dx, x, teacher, 3, 1));
    add(dx, b -> b.loss().hardLabels(dx, teacher));
    add(ranks, b -> b.loss().score(ranks, losses, x, teacher, new int[batch]));
  }

  /** With or without an average that follows them. */
  private void parameters(boolean averaged) {
    int count = Math.toIntExact(config.parameterCount());
    Tensor p = random(count);
    Tensor m = random(count);
    Tensor v = random(count);
    backend.fill(v, 1f); // second moments are not negative
    Tensor g = random(count);
    if (averaged) {
      Average following = new Average(random(count), DECAY);
      add(p, b -> b.optimizer().adamW(p, m, v, g, STEP, following));
    } else {
      main(p, b -> b.optimizer().adamW(p, m, v, g, STEP), of("adamw", p, m, v, g, STEP));
      add(p, b -> b.optimizer().sgd(p, m, g, new SgdStep(0.05, 0.9, 5e-4, false), null));
      add(p, b -> b.optimizer().lamb(p, m, v, g, LAMB_STEP, null));
      add(m, b -> b.optimizer().ema(m, p, DECAY));
      add(g, b -> b.optimizer().sumOfSquares(List.of(g)));
      Tensor scale = arena.allocate(DType.F64, Shape.of(2));
      add(scale, b -> b.optimizer().gradientScale(scale, List.of(g), CLIPPING));
      add(g, b -> b.fill(g, 0f));
    }
  }
}
