package io.github.deit4j.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.autograd.DoubleFeatureMapOps.Size;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import io.github.deit4j.testing.Tensors;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gradient checks of the ops of convolutional networks, at random odd sizes. Here on the CPU; other
 * backends run the same tests.
 */
@ExtendWith(Seed.class)
class FeatureMapOpsGradientTest {
  /** Cases of each op. */
  private static final int CASES = 8;

  private static final double EPSILON = 1e-5;

  private Backend backend;
  private TensorArena arena;
  private GradientCheck check;

  /** Starts the backend under test. */
  Backend open() {
    return new CpuBackend(2);
  }

  @BeforeEach
  void start() {
    backend = open();
    arena = backend.arena("test", Long.MAX_VALUE);
    check = new GradientCheck(backend, arena);
  }

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private static int upTo(RandomGenerator random, int most) {
    return 1 + random.nextInt(most);
  }

  private static Size size(RandomGenerator random, int channels) {
    return new Size(upTo(random, 3), upTo(random, 6), upTo(random, 6), channels);
  }

  private static Shape shape(Size size) {
    return Shape.of(size.images(), size.height(), size.width(), size.channels());
  }

  @Test
  void channelsLast(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Size size = size(random, upTo(random, 5));
      check.run(
          random,
          (ops, x) -> ops.featureMaps().channelsLast(x.get(0).value()),
          x -> DoubleFeatureMapOps.channelsLast(x[0], size),
          Shape.of(size.images(), size.channels(), size.height(), size.width()));
    }
  }

  @Test
  void convolution(RandomGenerator random) {
    for (int round = 0; round < 3 * CASES; round++) {
      int groups = upTo(random, 3);
      int out = groups * upTo(random, 9);
      int groupIn = upTo(random, 9);
      int kernel = random.nextBoolean() ? 3 : 1;
      int stride = upTo(random, 2);
      Size size = size(random, groups * groupIn);
      check.run(
          random,
          (ops, x) -> ops.featureMaps().convolution(x.get(0).value(), x.get(1), stride, groups),
          x -> DoubleFeatureMapOps.convolution(x[0], size, x[1], out, kernel, stride, groups),
          shape(size),
          Shape.of(out, groupIn, kernel, kernel));
    }
  }

  @Test
  void pointwiseConvolutionIsAMatrixProduct(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      int out = upTo(random, 20);
      Size size = size(random, upTo(random, 20));
      check.run(
          random,
          (ops, x) -> ops.featureMaps().convolution(x.get(0).value(), x.get(1), 1, 1),
          x -> DoubleFeatureMapOps.convolution(x[0], size, x[1], out, 1, 1, 1),
          shape(size),
          Shape.of(out, size.channels(), 1, 1));
    }
  }

  private FeatureMapOps.Normalization normalization(Parameter w, Parameter b) {
    int channels = Math.toIntExact(w.value().elements());
    Tensor mean = arena.allocate(channels);
    Tensor variance = arena.allocate(channels);
    backend.fill(mean, 0f);
    backend.fill(variance, 1f);
    return new FeatureMapOps.Normalization(
        w, b, new Statistics(mean, variance), EPSILON, 0.1, null);
  }

  @Test
  void batchNorm(RandomGenerator random) {
    for (int round = 0; round < 2 * CASES; round++) {
      Size size = new Size(2, upTo(random, 5), 1 + upTo(random, 5), upTo(random, 20));
      boolean relu = random.nextBoolean();
      Shape perChannel = Shape.of(size.channels());
      check.run(
          random,
          (ops, x) ->
              ops.featureMaps()
                  .batchNorm(x.get(0).value(), null, normalization(x.get(1), x.get(2)), relu),
          x -> DoubleFeatureMapOps.batchNorm(x[0], null, x[1], x[2], EPSILON, relu),
          shape(size),
          perChannel,
          perChannel);
    }
  }

  @Test
  void batchNormWithResidual(RandomGenerator random) {
    for (int round = 0; round < 2 * CASES; round++) {
      Size size = new Size(2, upTo(random, 5), 1 + upTo(random, 5), upTo(random, 20));
      boolean relu = random.nextBoolean();
      Shape perChannel = Shape.of(size.channels());
      check.run(
          random,
          (ops, x) ->
              ops.featureMaps()
                  .batchNorm(
                      x.get(0).value(), x.get(3).value(), normalization(x.get(1), x.get(2)), relu),
          x -> DoubleFeatureMapOps.batchNorm(x[0], x[3], x[1], x[2], EPSILON, relu),
          shape(size),
          perChannel,
          perChannel,
          shape(size));
    }
  }

  /** As PyTorch has it: the running variance takes the unbiased one. */
  @Test
  void runningStatisticsFollowTheBatch() {
    Tensor x = Tensors.of(backend, arena, new float[] {1, 2, 3, 6}, 4, 1, 1, 1);
    Parameter w = new Parameter("w", Tensors.of(backend, arena, new float[1], 1), null);
    Parameter b = new Parameter("b", Tensors.of(backend, arena, new float[1], 1), null);
    FeatureMapOps.Normalization by = normalization(w, b);
    Ops.inference(backend, arena).featureMaps().batchNorm(x, null, by, false);
    assertThat(Tensors.floats(backend, by.running().mean())[0]).isCloseTo(0.3f, within(1e-6f));
    // Σ(x − 3)² = 14, unbiased 14/3
    assertThat(Tensors.floats(backend, by.running().variance())[0])
        .isCloseTo((float) (0.9 + 0.1 * 14 / 3), within(1e-6f));
  }

  @Test
  void statisticsOfOnePixelAreRefused() {
    Tensor x = arena.allocate(1, 1, 1, 3);
    Parameter w = new Parameter("w", arena.allocate(3), null);
    Parameter b = new Parameter("b", arena.allocate(3), null);
    FeatureMapOps maps = Ops.inference(backend, arena).featureMaps();
    FeatureMapOps.Normalization by = normalization(w, b);
    assertThatThrownBy(() -> maps.batchNorm(x, null, by, false))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("2 pixels or more");
  }

  @Test
  void convolutionChecksItsShapes() {
    Tensor x = arena.allocate(1, 5, 5, 6);
    FeatureMapOps maps = Ops.inference(backend, arena).featureMaps();
    for (int[] weight : new int[][] {{4, 5, 3, 3}, {4, 6, 3, 1}, {4, 3, 3, 3}}) {
      Parameter w = new Parameter("w", arena.allocate(weight), null);
      assertThatThrownBy(() -> maps.convolution(x, w, 1, 1)).isInstanceOf(ShapeException.class);
    }
  }

  @Test
  void averagePool(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Size size = size(random, upTo(random, 20));
      check.run(
          random,
          (ops, x) -> ops.featureMaps().averagePool(x.get(0).value()),
          x -> DoubleFeatureMapOps.averagePool(x[0], size),
          shape(size));
    }
  }

  @Test
  void scaleChannels(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Size size = size(random, upTo(random, 20));
      check.run(
          random,
          (ops, x) -> ops.featureMaps().scaleChannels(x.get(0).value(), x.get(1).value()),
          x -> DoubleFeatureMapOps.scaleChannels(x[0], x[1], size),
          shape(size),
          Shape.of(size.images(), size.channels()));
    }
  }

  /** Squeeze-and-excitation: the map is pooled and scaled, and its gradients add up. */
  @Test
  void poolingJoinsTheGradientOfScaling(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Size size = size(random, upTo(random, 20));
      check.run(
          random,
          (ops, x) -> {
            Tensor map = x.get(0).value();
            return ops.featureMaps().scaleChannels(map, ops.featureMaps().averagePool(map));
          },
          x ->
              DoubleFeatureMapOps.scaleChannels(
                  x[0], DoubleFeatureMapOps.averagePool(x[0], size), size),
          shape(size));
    }
  }

  @Test
  void activations(RandomGenerator random) {
    for (int round = 0; round < CASES; round++) {
      Shape shape = Shape.of(upTo(random, 5), upTo(random, 40));
      check.run(
          random,
          (ops, x) -> ops.featureMaps().relu(x.get(0).value()),
          x -> DoubleFeatureMapOps.relu(x[0]),
          shape);
      check.run(
          random,
          (ops, x) -> ops.featureMaps().sigmoid(x.get(0).value()),
          x -> DoubleFeatureMapOps.sigmoid(x[0]),
          shape);
    }
  }
}
