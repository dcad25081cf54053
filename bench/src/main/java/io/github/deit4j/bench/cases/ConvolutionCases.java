package io.github.deit4j.bench.cases;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.NormalizationOps.BatchNormGradients;
import io.github.deit4j.op.NormalizationOps.BatchNormLayer;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;

/** The ops of convolutional networks, of the sizes that a block of a RegNetY's stage has. */
final class ConvolutionCases extends OpCases {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  private final RegNetConfig config;
  private final int batch;
  private final int size;
  private final int width;

  ConvolutionCases(Backend backend, TensorArena arena, RegNetConfig config, int stage, int batch) {
    super(backend, arena);
    this.config = config;
    this.batch = batch;
    Stage chosen = config.stages().get(stage - 1);
    this.size = config.imageSize() / config.stemStride() >> stage;
    this.width = chosen.width();
    part("images", this::images);
    part("1x1", () -> convolution(1, 1));
    part("3x3", () -> convolution(3, width / chosen.groupWidth()));
    part("norm", this::batchNorm);
    part("excitation", this::squeezeAndExcitation);
    part("activation", this::activation);
  }

  private Tensor featureMap() {
    return random(batch, size, size, width);
  }

  private void images() {
    int pixels = config.imageSize();
    Tensor first = random(batch, config.channels(), pixels, pixels);
    Tensor last = random(batch, pixels, pixels, config.channels());
    add(last, b -> b.convolution().channelsLast(last, first));
    add(first, b -> b.convolution().channelsFirst(first, last));
  }

  private void convolution(int kernel, int groups) {
    Tensor x = featureMap();
    Tensor y = featureMap();
    Tensor dx = featureMap();
    Tensor w = random(width, width / groups, kernel, kernel);
    Tensor dw = random(width, width / groups, kernel, kernel);
    add(y, b -> b.convolution().convolution(y, x, w, 1, groups));
    add(dx, b -> b.convolution().convolutionInputGradient(dx, y, w, 1, groups));
    add(dw, b -> b.convolution().convolutionWeightGradient(dw, y, x, 1, groups));
  }

  private void batchNorm() {
    Tensor x = featureMap();
    Tensor y = featureMap();
    Tensor dy = featureMap();
    Tensor dx = featureMap();
    Tensor residual = featureMap();
    Tensor dResidual = featureMap();
    Tensor w = random(width);
    Tensor bias = random(width);
    Tensor dw = random(width);
    Tensor db = random(width);
    var statistics = new Statistics(random(width), random(width));
    var running = new Statistics(random(width), random(width));
    var layer =
        new BatchNormLayer(statistics.mean(), statistics.variance(), w, bias, EPSILON, true);
    var into = new BatchNormGradients(dx, dResidual, dw, db);
    long pixels = (long) batch * size * size;
    add(statistics.mean(), b -> b.normalization().batchStatistics(statistics, x));
    add(
        running.mean(),
        b -> b.normalization().updateStatistics(running, statistics, pixels, MOMENTUM));
    add(y, b -> b.normalization().batchNorm(y, x, residual, layer));
    add(dx, b -> b.normalization().batchNormBackward(into, dy, x, residual, layer));
  }

  private void squeezeAndExcitation() {
    Tensor x = featureMap();
    Tensor y = featureMap();
    Tensor dx = featureMap();
    Tensor pooled = random(batch, width);
    Tensor scale = random(batch, width);
    Tensor gate = random(batch, width);
    Tensor dScale = random(batch, width);
    Tensor dGate = random(batch, width);
    add(pooled, b -> b.convolution().averagePool(pooled, x));
    add(y, b -> b.convolution().averagePoolBackward(y, x, pooled));
    add(gate, b -> b.elementwise().sigmoid(gate, pooled));
    add(dGate, b -> b.elementwise().sigmoidBackward(dGate, pooled, scale));
    add(y, b -> b.convolution().scaleChannels(y, x, scale));
    add(dx, b -> b.convolution().scaleChannelsBackward(dx, dScale, x, x, scale));
  }

  private void activation() {
    Tensor x = featureMap();
    Tensor y = featureMap();
    Tensor dx = featureMap();
    add(y, b -> b.elementwise().relu(y, x));
    add(dx, b -> b.elementwise().reluBackward(dx, x, y));
  }
}
