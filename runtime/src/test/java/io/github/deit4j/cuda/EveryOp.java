package io.github.deit4j.cuda;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.AttentionOps;
import io.github.deit4j.op.Clipping;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.op.ElementwiseOps;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.LossOps;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.op.NormalizationOps.BatchNormGradients;
import io.github.deit4j.op.NormalizationOps.BatchNormLayer;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.op.OptimizerOps;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.OptimizerOps.AdamWUpdate;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.op.OptimizerOps.Following;
import io.github.deit4j.op.OptimizerOps.LambStep;
import io.github.deit4j.op.OptimizerOps.SgdStep;
import io.github.deit4j.op.PixelOps;
import io.github.deit4j.op.PixelOps.Box;
import io.github.deit4j.op.PixelOps.Crop;
import io.github.deit4j.op.PixelOps.Erasure;
import io.github.deit4j.op.PixelOps.ImageMix;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Does every op of a backend, at small sizes that are no multiples of what blocks, tiles and parts
 * of sums hold, and more than one of them. What comes out, other tests compare.
 */
final class EveryOp {
  private static final int IMAGES = 3;
  private static final int TOKENS = 70;
  private static final int HEADS = 2;
  private static final int WIDTH = 40;
  private static final int CLASSES = 300;

  private final Backend backend;
  private final TensorArena arena;
  private final RandomGenerator random = new SplittableRandom(1);

  /** Of activations and their gradients. */
  private final DType activations;

  private EveryOp(Backend backend, TensorArena arena, DType activations) {
    this.backend = backend;
    this.arena = arena;
    this.activations = activations;
  }

  static void run(Backend backend) {
    try (TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      EveryOp ops = new EveryOp(backend, arena, DType.F32);
      ops.onActivations();
      if (backend.activationType() != DType.F32) {
        new EveryOp(backend, arena, backend.activationType()).onActivations();
      }
      ops.losses();
      ops.optimizer();
      ops.convolution();
      ops.maps();
      ops.batchNorm();
      backend.synchronize();
    }
  }

  private void onActivations() {
    linear(36);
    linear(48);
    normalization();
    attention(16);
    attention(20);
    pixels();
    tokens();
    elementwise();
  }

  /** Those of linear layers alone. */
  static void linear(Backend backend) {
    try (TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      new EveryOp(backend, arena, DType.F32).linear(36);
      new EveryOp(backend, arena, backend.activationType()).linear(48);
      backend.synchronize();
    }
  }

  private Tensor in(int... sizes) {
    float[] values = Tensors.gaussian(random, Shape.of(sizes).elements(), 1);
    return Tensors.of(backend, arena, values, sizes);
  }

  private Tensor out(int... sizes) {
    return arena.allocate(sizes);
  }

  private Tensor activation(int... sizes) {
    Tensor values = in(sizes);
    if (activations == DType.F32) {
      return values;
    }
    Tensor rounded = result(sizes);
    float[] numbers = Tensors.floats(backend, values);
    short[] halves = new short[numbers.length];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = (short) (Float.floatToRawIntBits(numbers[i]) >>> 16);
    }
    backend.write(rounded, MemorySegment.ofArray(halves));
    return rounded;
  }

  private Tensor result(int... sizes) {
    return arena.allocate(activations, Shape.of(sizes));
  }

  private Tensor doubles(int count) {
    return arena.allocate(DType.F64, Shape.of(count));
  }

  /** Rows of the library's own alignment, or not. */
  private void linear(int width) {
    var ops = backend.linear();
    Tensor x = activation(IMAGES, TOKENS, WIDTH);
    Tensor w = in(width, WIDTH);
    Tensor b = in(width);
    Tensor y = result(IMAGES, TOKENS, width);
    ops.prepare(w);
    ops.linear(y, x, w, b);
    ops.linear(y, x, w, b, new LinearEpilogue.Gelu(null));
    ops.linear(y, x, w, b, new LinearEpilogue.Gelu(result(IMAGES, TOKENS, width)));
    Tensor base = activation(IMAGES, TOKENS, width);
    ops.linear(y, x, w, b, new LinearEpilogue.Add(Residual.to(base), null));
    var residual = new Residual(base, new float[] {1.5f, 0, 1}, in(width));
    ops.linear(y, x, w, b, new LinearEpilogue.Add(residual, result(IMAGES, TOKENS, width)));
    ops.linearInputGradient(result(IMAGES, TOKENS, WIDTH), y, w);
    ops.linearInputGradient(result(IMAGES, TOKENS, WIDTH), y, w, x);
    ops.linearParameterGradients(in(width, WIDTH), b, y, x);
  }

  private void normalization() {
    NormalizationOps ops = backend.normalization();
    Tensor x = activation(IMAGES, TOKENS, WIDTH);
    Tensor w = in(WIDTH);
    Tensor b = in(WIDTH);
    Tensor y = result(IMAGES, TOKENS, WIDTH);
    Tensor mean = out(IMAGES * TOKENS);
    Tensor rstd = out(IMAGES * TOKENS);
    ops.layerNorm(y, mean, rstd, x, w, b, 1e-6f);
    Tensor base = activation(IMAGES, TOKENS, WIDTH);
    ops.layerNormBackward(result(IMAGES, TOKENS, WIDTH), base, y, x, w, mean, rstd);
    ops.layerNormParameterGradients(w, b, y, x, mean, rstd);
    ops.layerNormGradients(result(IMAGES, TOKENS, WIDTH), in(WIDTH), b, base, y, x, w, mean, rstd);
  }

  private void attention(int channels) {
    AttentionOps ops = backend.attention();
    int width = HEADS * channels;
    Tensor qkv = activation(IMAGES, TOKENS, 3 * width);
    Tensor y = result(IMAGES, TOKENS, width);
    Tensor max = out(IMAGES, HEADS, TOKENS);
    Tensor reciprocal = out(IMAGES, HEADS, TOKENS);
    ops.attention(y, max, reciprocal, qkv, HEADS);
    Tensor dy = activation(IMAGES, TOKENS, width);
    ops.attentionBackward(result(IMAGES, TOKENS, 3 * width), dy, y, qkv, max, reciprocal, HEADS);
    ops.attentionProbabilities(out(IMAGES, HEADS, TOKENS, TOKENS), qkv, HEADS);
  }

  private void pixels() {
    PixelOps ops = backend.pixels();
    Tensor bytes = arena.allocate(DType.U8, Shape.of(IMAGES, 3, 8, 12));
    backend.write(bytes, MemorySegment.ofArray(new byte[IMAGES * 3 * 8 * 12]));
    Tensor stored = arena.allocate(DType.U8, Shape.of(3 * (81 + 80 + 96) + 2));
    backend.write(stored, MemorySegment.ofArray(new byte[(int) stored.elements()]));
    List<Crop> crops =
        List.of(
            new Crop(1, 9, 9, -1, -2, true),
            new Crop(1 + 3 * 81, 5, 16, 0, 3, true),
            new Crop(1 + 3 * (81 + 80), 8, 12, 0, 0, false));
    ops.crop(bytes, stored, crops);
    Tensor narrow = arena.allocate(DType.U8, Shape.of(IMAGES, 3, 7, 5));
    ops.crop(narrow, stored, crops);
    Tensor images = out(IMAGES, 3, 8, 12);
    ops.normalize(images, bytes, new float[] {0.4f, 0.5f, 0.6f}, new float[] {0.2f, 0.3f, 0.4f});
    var noise = new StreamKey(1, 2, 3, 4);
    Box box = new Box(1, 2, 4, 5);
    ops.erase(
        images,
        List.of(
            new Erasure(0, box, Erasure.Fill.CONST, noise),
            new Erasure(1, box, Erasure.Fill.RAND, noise),
            new Erasure(1, new Box(0, 4, 3, 8), Erasure.Fill.CONST, noise),
            new Erasure(2, box, Erasure.Fill.PIXEL, noise)));
    Tensor partners = in(IMAGES, 3, 8, 12);
    ops.mix(images, partners, List.of(ImageMix.NONE, ImageMix.mixup(0.3), ImageMix.cutMix(box)));
    Tensor patches = result(IMAGES * 6, 3 * 16);
    ops.patches(patches, images, 4);
    ops.patchesBackward(images, patches, 4);
    ops.patches(patches, images, 2);
    ops.patchesBackward(images, patches, 2);
  }

  private void tokens() {
    PixelOps ops = backend.pixels();
    Tensor patches = activation(IMAGES * (TOKENS - 2), WIDTH);
    List<Tensor> prefix = List.of(in(WIDTH), in(WIDTH));
    Tensor positions = in(TOKENS, WIDTH);
    Tensor y = result(IMAGES, TOKENS, WIDTH);
    ops.embed(y, patches, prefix, positions);
    ops.embedBackward(patches, prefix, positions, y);
    Tensor token = out(IMAGES, WIDTH);
    ops.selectToken(token, y, 1);
    ops.selectTokenBackward(y, token, 1);
  }

  private void elementwise() {
    ElementwiseOps ops = backend.elementwise();
    Tensor x = activation(IMAGES, TOKENS, WIDTH);
    Tensor y = result(IMAGES, TOKENS, WIDTH);
    Tensor scale = in(WIDTH);
    float[] factors = {1.5f, 0, 1};
    var residual = new Residual(activation(IMAGES, TOKENS, WIDTH), factors, scale);
    backend.fill(y, 1);
    ops.add(y, x, y);
    ops.addBranch(y, residual, x);
    ops.addBranchBackward(y, x, residual);
    ops.layerScaleGradient(scale, x, y, factors);
    ops.gelu(y, x);
    ops.geluBackward(y, y, x);
    ops.dropout(y, x, 0.1, new StreamKey(1, 2, 3, 4));
  }

  private void losses() {
    LossOps ops = backend.loss();
    Tensor x = in(IMAGES, CLASSES);
    Tensor targets = out(IMAGES, CLASSES);
    Tensor dx = out(IMAGES, CLASSES);
    ops.hardLabels(targets, x);
    ops.crossEntropy(doubles(IMAGES), dx, x, targets, 0.5);
    ops.binaryCrossEntropy(doubles(IMAGES), dx, x, targets, 0.5);
    ops.divergence(doubles(IMAGES), dx, x, in(IMAGES, CLASSES), 3, 0.5);
    Tensor ranks = arena.allocate(DType.I32, Shape.of(IMAGES));
    ops.score(ranks, doubles(IMAGES), x, null, new int[] {5, 0, 299});
    ops.score(ranks, doubles(IMAGES), x, dx, new int[] {5, 0, 299});
  }

  private void optimizer() {
    OptimizerOps ops = backend.optimizer();
    int count = 5000;
    Tensor p = in(count);
    Tensor g = in(count);
    Tensor m = out(count);
    Tensor v = out(count);
    backend.fill(m, 0);
    backend.fill(v, 0);
    ops.sumOfSquares(List.of(p, g, in(WIDTH)));
    var adamW = new AdamWStep(1, 1e-3, 0.9, 0.999, 1e-8, 0.05);
    ops.adamW(p, m, v, g, adamW);
    ops.adamW(p, m, v, g, adamW, new Average(in(count), 0.99));
    Tensor scale = doubles(2);
    ops.gradientScale(scale, List.of(p, g), new Clipping(1, Clipping.Rule.TORCH));
    ops.sgd(p, m, g, new SgdStep(0.1, 0.9, 0.1, false), scale);
    ops.sgd(p, m, g, new SgdStep(0.1, 0.9, 0.1, true), null);
    ops.lamb(p, m, v, g, new LambStep(1, 1e-3, 0.9, 0.999, 1e-6, 0.02, true, true, false), scale);
    ops.lamb(p, m, v, g, new LambStep(2, 1e-3, 0.9, 0.999, 1e-6, 0.02, true, false, false), null);
    ops.ema(m, p, 0.99);
    Tensor other = in(WIDTH);
    backend.fill(List.of(v, other), 0.5f);
    var update = new AdamWUpdate(p, m, v, g, adamW, new Average(in(count), 0.99));
    ops.adamW(
        List.of(update, new AdamWUpdate(in(WIDTH), in(WIDTH), other, in(WIDTH), adamW, null)),
        scale);
    ops.ema(List.of(new Following(m, p), new Following(other, in(WIDTH))), 0.9);
  }

  private void convolution() {
    ConvolutionOps ops = backend.convolution();
    convolution(ops, 12, 12, 10, 1, 1, 1);
    convolution(ops, 11, 40, 10, 1, 2, 1);
    convolution(ops, 12, 6, 10, 3, 2, 2);
    convolution(ops, 4, 4, 72, 3, 1, 1);
  }

  private void convolution(
      ConvolutionOps ops, int size, int in, int out, int kernel, int stride, int groups) {
    int outSize = (size + stride - 1) / stride;
    Tensor x = in(IMAGES, size, size, in);
    Tensor w = in(out, in / groups, kernel, kernel);
    Tensor y = out(IMAGES, outSize, outSize, out);
    ops.convolution(y, x, w, stride, groups);
    ops.convolutionInputGradient(out(IMAGES, size, size, in), y, w, stride, groups);
    ops.convolutionWeightGradient(w, y, x, stride, groups);
  }

  private void maps() {
    ConvolutionOps ops = backend.convolution();
    Tensor x = in(IMAGES, 17, 16, WIDTH);
    Tensor y = out(IMAGES, WIDTH, 17, 16);
    ops.channelsFirst(y, x);
    ops.channelsLast(x, y);
    Tensor pooled = out(IMAGES, WIDTH);
    ops.averagePool(pooled, x);
    ops.averagePoolBackward(x, x, pooled);
    ElementwiseOps units = backend.elementwise();
    Tensor unit = out(IMAGES, 17, 16, WIDTH);
    units.relu(unit, x);
    units.reluBackward(x, x, unit);
    units.sigmoid(unit, x);
    units.sigmoidBackward(x, x, unit);
    Tensor scaled = out(IMAGES, 17, 16, WIDTH);
    ops.scaleChannels(scaled, x, pooled);
    ops.scaleChannelsBackward(out(IMAGES, 17, 16, WIDTH), out(IMAGES, WIDTH), scaled, x, pooled);
  }

  private void batchNorm() {
    NormalizationOps ops = backend.normalization();
    Tensor x = in(IMAGES, 9, 10, WIDTH);
    Tensor residual = in(IMAGES, 9, 10, WIDTH);
    Tensor y = out(IMAGES, 9, 10, WIDTH);
    var statistics = new Statistics(out(WIDTH), out(WIDTH));
    var running = new Statistics(in(WIDTH), in(WIDTH));
    Tensor w = in(WIDTH);
    Tensor b = in(WIDTH);
    ops.batchStatistics(statistics, x);
    ops.updateStatistics(running, statistics, IMAGES * 90, 0.1);
    var layer = new BatchNormLayer(statistics, w, b, 1e-5, true);
    ops.batchNorm(y, x, residual, layer);
    Tensor dResidual = out(IMAGES, 9, 10, WIDTH);
    var into = new BatchNormGradients(out(IMAGES, 9, 10, WIDTH), dResidual, in(WIDTH), in(WIDTH));
    ops.batchNormBackward(into, y, x, residual, layer);
    var linear = new BatchNormLayer(statistics, w, b, 1e-5, false);
    ops.batchNorm(y, x, null, linear);
    var alone = new BatchNormGradients(out(IMAGES, 9, 10, WIDTH), null, in(WIDTH), in(WIDTH));
    ops.batchNormBackward(alone, y, x, null, linear);
  }
}
