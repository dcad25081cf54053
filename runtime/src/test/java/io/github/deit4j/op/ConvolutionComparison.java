package io.github.deit4j.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import io.github.deit4j.testing.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A backend's ops of convolutional networks beside the CPU's, at sizes that fill more than one tile
 * of a device's kernels and more than one part of their sums.
 */
@ExtendWith(Seed.class)
abstract class ConvolutionComparison {
  /** Of BF16, which keeps 8 bits of each factor. */
  private static final double ROUNDED = 0x1p-7;

  private static final double EXACT = 2e-6;
  private static final double EPSILON = 1e-5;

  abstract Backend open(Precision precision);

  /** What an op writes, in the arena of the backend that it runs on. */
  @FunctionalInterface
  private interface Work {
    List<Tensor> run(Operands operands);
  }

  /** Makes the same operands on every backend. */
  private record Operands(Backend backend, TensorArena arena, RandomGenerator random) {
    Tensor gaussian(int... sizes) {
      float[] values = Tensors.gaussian(random, Shape.of(sizes).elements(), 1);
      return Tensors.of(backend, arena, values, sizes);
    }

    Tensor squares(int size) {
      float[] values = Tensors.gaussian(random, size, 1);
      for (int i = 0; i < size; i++) {
        values[i] *= values[i];
      }
      return Tensors.of(backend, arena, values, size);
    }

    ConvolutionOps ops() {
      return backend.convolution();
    }
  }

  private static List<float[]> results(Backend opened, long seed, Work work) {
    try (Backend backend = opened;
        TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      var random = new SplittableRandom(seed);
      List<float[]> results = new ArrayList<>();
      for (Tensor result : work.run(new Operands(backend, arena, random))) {
        results.add(Tensors.floats(backend, result));
      }
      return results;
    }
  }

  /** Compares, within so many times the largest number of each result. */
  private void compare(RandomGenerator random, Precision precision, double tolerance, Work work) {
    long seed = random.nextLong();
    List<float[]> expected = results(new CpuBackend(2), seed, work);
    List<float[]> got = results(open(precision), seed, work);
    List<float[]> again = results(open(precision), seed, work);
    for (int result = 0; result < got.size(); result++) {
      String name = "result %d, %s".formatted(result, precision);
      boolean same = Arrays.equals(again.get(result), got.get(result));
      assertThat(same).as("%s has the same bits a second time", name).isTrue();
      double error = distance(got.get(result), expected.get(result));
      double largest = distance(expected.get(result), new float[got.get(result).length]);
      assertThat(error).as(name).isLessThanOrEqualTo(tolerance * largest);
    }
  }

  /** The largest difference; NaN, which no limit lets pass, if there is one. */
  private static double distance(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
    }
    return largest;
  }

  /** Height, width, channels of the input and of the output, kernel, stride, groups. */
  private record Case(
      int images, int height, int width, int in, int out, int kernel, int stride, int groups) {
    List<Tensor> run(Operands operands) {
      Tensor x = operands.gaussian(images, height, width, in);
      Tensor w = operands.gaussian(out, in / groups, kernel, kernel);
      int padding = (kernel - 1) / 2;
      int outHeight = (height + 2 * padding - kernel) / stride + 1;
      int outWidth = (width + 2 * padding - kernel) / stride + 1;
      Tensor dy = operands.gaussian(images, outHeight, outWidth, out);
      Tensor y = operands.gaussian(images, outHeight, outWidth, out);
      Tensor dx = operands.gaussian(images, height, width, in);
      Tensor dw = operands.gaussian(out, in / groups, kernel, kernel);
      operands.ops().convolution(y, x, w, stride, groups);
      operands.ops().convolutionInputGradient(dx, dy, w, stride, groups);
      operands.ops().convolutionWeightGradient(dw, dy, x, stride, groups);
      return List.of(y, dx, dw);
    }
  }

  private static final List<Case> CASES =
      List.of(
          new Case(2, 9, 11, 3, 70, 3, 2, 1), // a stem
          new Case(2, 7, 6, 130, 66, 1, 1, 1), // a product of whole maps
          new Case(1, 7, 6, 20, 33, 1, 2, 1), // a shortcut to smaller maps
          new Case(3, 8, 5, 72, 33, 1, 3, 1), // of several images
          new Case(2, 4, 5, 6, 8, 1, 2, 2), // no product, since it has groups
          new Case(3, 8, 5, 136, 136, 3, 1, 2), // more channels of a group than a tile has
          new Case(1, 5, 9, 24, 48, 3, 2, 3),
          new Case(1, 6, 7, 10, 10, 3, 1, 10), // one channel of each group
          new Case(1, 9, 8, 4, 6, 5, 3, 2),
          new Case(2, 20, 21, 18, 140, 3, 2, 2), // several tiles of each phase
          new Case(1, 10, 2, 8, 8, 3, 4, 2), // phases that no tap sees, and without pixels
          new Case(4, 30, 20, 5, 7, 3, 1, 1)); // several parts of the weight gradient

  @Test
  void convolutions(RandomGenerator random) {
    for (Case each : CASES) {
      compare(random, Precision.FP32, EXACT * Math.sqrt(each.in), each::run);
    }
  }

  @Test
  void convolutionsOnTensorCores(RandomGenerator random) {
    for (Case each : CASES) {
      compare(random, Precision.BF16, ROUNDED, each::run);
    }
  }

  @Test
  void batchNorm(RandomGenerator random) {
    for (int round = 0; round < 4; round++) {
      boolean relu = round % 2 == 0;
      boolean branch = round < 2;
      int channels = 1 + random.nextInt(140);
      int[] sizes = {3, 9 + random.nextInt(9), 11, channels};
      compare(
          random,
          Precision.BF16,
          10 * EXACT,
          operands -> {
            Tensor x = operands.gaussian(sizes);
            Tensor residual = branch ? operands.gaussian(sizes) : null;
            Tensor dResidual = branch ? operands.gaussian(sizes) : null;
            Tensor mean = operands.gaussian(channels);
            Tensor variance = operands.squares(channels);
            Tensor runningMean = operands.gaussian(channels);
            Tensor runningVariance = operands.squares(channels);
            Tensor w = operands.gaussian(channels);
            Tensor b = operands.gaussian(channels);
            Tensor y = operands.gaussian(sizes);
            Tensor dy = operands.gaussian(sizes);
            Tensor dx = operands.gaussian(sizes);
            Tensor dw = operands.gaussian(channels);
            Tensor db = operands.gaussian(channels);
            NormalizationOps ops = operands.backend.normalization();
            var statistics = new NormalizationOps.Statistics(mean, variance);
            ops.batchStatistics(statistics, x);
            ops.updateStatistics(
                new NormalizationOps.Statistics(runningMean, runningVariance),
                statistics,
                x.elements() / channels,
                0.1);
            var layer =
                new NormalizationOps.BatchNormLayer(
                    new NormalizationOps.Statistics(mean, variance), w, b, EPSILON, relu);
            ops.batchNorm(y, x, residual, layer);
            // So that no rounding decides on which side of the ReLU a number lies.
            operands.backend.fill(mean, 0.01f);
            var gradients = new NormalizationOps.BatchNormGradients(dx, dResidual, dw, db);
            ops.batchNormBackward(gradients, dy, x, residual, layer);
            List<Tensor> results =
                new ArrayList<>(List.of(variance, runningMean, runningVariance, y, dx, dw, db));
            if (branch) {
              results.add(dResidual);
            }
            return results;
          });
    }
  }

  /**
   * With a mean of two thousand deviations a variance may miss that many roundings, since the
   * squares are about means; from squares about zero it would miss the square of that: all. A mean
   * is that of eight numbers at a time, taken together.
   */
  @Test
  void statisticsOfNumbersFarFromZero(RandomGenerator random) {
    int channels = 37;
    int pixels = 5 * 11 * 13;
    float[] x = Tensors.gaussian(random, (long) pixels * channels, 1);
    for (int i = 0; i < x.length; i++) {
      x[i] += 1000 * (1 + i % channels % 2);
    }
    try (Backend backend = open(Precision.FP32);
        TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      var got = new NormalizationOps.Statistics(arena.allocate(channels), arena.allocate(channels));
      Tensor map = Tensors.of(backend, arena, x, 5, 11, 13, channels);
      backend.normalization().batchStatistics(got, map);
      float[] means = Tensors.floats(backend, got.mean());
      float[] variances = Tensors.floats(backend, got.variance());
      for (int c = 0; c < channels; c++) {
        double mean = 0;
        for (int i = c; i < x.length; i += channels) {
          mean += x[i] / (double) pixels;
        }
        double variance = 0;
        for (int i = c; i < x.length; i += channels) {
          variance += (x[i] - mean) * (x[i] - mean) / pixels;
        }
        assertThat(means[c]).isCloseTo((float) mean, withinPercentage(100 * 8 * 0x1p-24));
        assertThat(variances[c])
            .isCloseTo((float) variance, withinPercentage(100 * 2000 * 0x1p-24));
      }
    }
  }

  @Test
  void channels(RandomGenerator random) {
    for (int round = 0; round < 3; round++) {
      int channels = 1 + random.nextInt(70);
      int images = 1 + random.nextInt(3);
      int[] sizes = {images, 19, 17, channels};
      compare(
          random,
          Precision.FP32,
          EXACT,
          operands -> {
            Tensor x = operands.gaussian(sizes);
            Tensor s = operands.gaussian(images, channels);
            Tensor mean = operands.gaussian(images, channels);
            Tensor scaled = operands.gaussian(sizes);
            Tensor pooled = operands.gaussian(sizes);
            Tensor dx = operands.gaussian(sizes);
            Tensor ds = operands.gaussian(images, channels);
            Tensor first = operands.gaussian(images, channels, 19, 17);
            Tensor last = operands.gaussian(sizes);
            ConvolutionOps ops = operands.ops();
            ops.averagePool(mean, x);
            ops.averagePoolBackward(pooled, x, mean);
            ops.scaleChannels(scaled, x, s);
            ops.scaleChannelsBackward(dx, ds, scaled, x, s);
            ops.channelsFirst(first, x);
            ops.channelsLast(last, first);
            operands.backend.elementwise().relu(x, x);
            operands.backend.elementwise().sigmoid(s, s);
            return List.of(mean, pooled, scaled, dx, ds, first, last, x, s);
          });
    }
  }
}
