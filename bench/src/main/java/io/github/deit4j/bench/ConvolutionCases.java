package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.op.NormalizationOps.BatchNormGradients;
import io.github.deit4j.op.NormalizationOps.BatchNormLayer;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Every op of convolutional networks ({@link ConvolutionOps} and others), on operands of its own,
 * of the sizes that a block of a RegNetY's stage has. A new op gets a line here.
 */
public final class ConvolutionCases {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  private final Backend backend;
  private final TensorArena arena;
  private final RegNetConfig config;
  private final int batch;
  private final int size;
  private final int width;
  private final int groups;
  private final List<OpCase> cases = new ArrayList<>();

  private ConvolutionCases(
      Backend backend, TensorArena arena, RegNetConfig config, int stage, int batch) {
    this.backend = backend;
    this.arena = arena;
    this.config = config;
    this.batch = batch;
    Stage chosen = config.stages().get(stage - 1);
    this.size = config.imageSize() / config.stemStride() >> stage;
    this.width = chosen.width();
    this.groups = width / chosen.groupWidth();
  }

  /**
   * Returns the cases.
   *
   * @param arena where their operands go, of the backend
   * @param stage from 1
   */
  static List<OpCase> of(
      Backend backend, TensorArena arena, RegNetConfig config, int stage, int batch) {
    ConvolutionCases made = new ConvolutionCases(backend, arena, config, stage, batch);
    made.images();
    made.convolution("1x1", 1, 1);
    made.convolution("3x3", 3, made.groups);
    made.batchNorm();
    made.squeezeAndExcitation();
    made.activation();
    return List.copyOf(made.cases);
  }

  /**
   * Returns one case.
   *
   * @param arena where the operands go, of the backend
   * @param stage from 1
   * @param name its {@link OpCase#name}
   * @throws IllegalArgumentException if there is none of that name
   */
  public static OpCase named(
      Backend backend, TensorArena arena, RegNetConfig config, int stage, int batch, String name) {
    return OpCase.find(of(backend, arena, config, stage, batch), name);
  }

  private Tensor random(int... sizes) {
    return RandomNumbers.tensor(backend, arena, sizes);
  }

  private Tensor map() {
    return random(batch, size, size, width);
  }

  private void add(String op, String part, Tensor result, Consumer<Backend> call) {
    cases.add(new OpCase(op, part, result.shape(), call));
  }

  private void images() {
    int pixels = config.imageSize();
    Tensor images = random(batch, config.channels(), pixels, pixels);
    Tensor last = random(batch, pixels, pixels, config.channels());
    add("channelsLast", "images", last, c -> c.convolution().channelsLast(last, images));
    add("channelsFirst", "images", images, c -> c.convolution().channelsFirst(images, last));
  }

  private void convolution(String part, int kernel, int groups) {
    Tensor x = map();
    Tensor y = map();
    Tensor w = random(width, width / groups, kernel, kernel);
    add("convolution", part, y, c -> c.convolution().convolution(y, x, w, 1, groups));
    add(
        "convolutionInputGradient",
        part,
        x,
        c -> c.convolution().convolutionInputGradient(x, y, w, 1, groups));
    add(
        "convolutionWeightGradient",
        part,
        w,
        c -> c.convolution().convolutionWeightGradient(w, y, x, 1, groups));
  }

  private void batchNorm() {
    Tensor x = map();
    Tensor y = map();
    Tensor dx = map();
    Tensor residual = map();
    Tensor dResidual = map();
    Tensor w = random(width);
    Tensor b = random(width);
    Tensor dw = random(width);
    Tensor db = random(width);
    Tensor mean = random(width);
    Tensor variance = random(width);
    var running = new Statistics(random(width), random(width));
    var batchStatistics = new Statistics(mean, variance);
    var layer = new BatchNormLayer(mean, variance, w, b, EPSILON, true);
    long pixels = (long) batch * size * size;
    backend.normalization().batchStatistics(batchStatistics, x);
    add(
        "batchStatistics",
        "norm",
        mean,
        c -> c.normalization().batchStatistics(batchStatistics, x));
    add(
        "updateStatistics",
        "norm",
        running.mean(),
        c -> c.normalization().updateStatistics(running, batchStatistics, pixels, MOMENTUM));
    add("batchNorm", "norm", y, c -> c.normalization().batchNorm(y, x, residual, layer));
    var to = new BatchNormGradients(dx, dResidual, dw, db);
    add(
        "batchNormBackward",
        "norm",
        dx,
        c -> c.normalization().batchNormBackward(to, y, x, residual, layer));
  }

  private void squeezeAndExcitation() {
    Tensor x = map();
    Tensor y = map();
    Tensor pooled = random(batch, width);
    Tensor scale = random(batch, width);
    Tensor dScale = random(batch, width);
    add("averagePool", "excitation", pooled, c -> c.convolution().averagePool(pooled, x));
    add(
        "averagePoolBackward",
        "excitation",
        y,
        c -> c.convolution().averagePoolBackward(y, x, pooled));
    add("sigmoid", "excitation", scale, c -> c.elementwise().sigmoid(scale, pooled));
    add(
        "sigmoidBackward",
        "excitation",
        dScale,
        c -> c.elementwise().sigmoidBackward(dScale, pooled, scale));
    add("scaleChannels", "excitation", y, c -> c.convolution().scaleChannels(y, x, scale));
    add(
        "scaleChannelsBackward",
        "excitation",
        y,
        c -> c.convolution().scaleChannelsBackward(y, dScale, x, x, scale));
  }

  private void activation() {
    Tensor x = map();
    Tensor y = map();
    add("relu", "activation", y, c -> c.elementwise().relu(y, x));
    add("reluBackward", "activation", x, c -> c.elementwise().reluBackward(x, x, y));
  }
}
