package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.ResidualConnection;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.OptimizerOps.AdamWUpdate;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import io.github.deit4j.testing.Tensors;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ops on activations in BF16 do what they do in float32, but for the rounding of what they make:
 * given numbers that BF16 has, results differ by half a unit of its last place, 2⁻⁹ of their size,
 * or where a factor is rounded on the way by a little more.
 */
@ExtendWith({OnStandIn.class, Seed.class})
class CudaActivationsTest {
  private static final int IMAGES = 2;
  private static final int TOKENS = 37;
  private static final int HEADS = 2;
  private static final int WIDTH = 32;
  private static final int HIDDEN = 72;

  private static final double ROUNDING = 0x1p-8;

  /** From the exact GELU to that of tanh, 4.1·10⁻⁴ at most, and as much of its slope. */
  private static final double GELU = 2e-3;

  private static float rounded(float x) {
    int bits = Float.floatToRawIntBits(x);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }

  /** A backend at work on activations of a type: the same numbers for every one. */
  private static final class Bench {
    final Backend backend;
    final TensorArena arena;
    final DType type;
    final RandomGenerator random;
    final List<float[]> results = new ArrayList<>();

    Bench(Backend backend, TensorArena arena, long seed) {
      this.backend = backend;
      this.arena = arena;
      this.type = backend.activationType();
      this.random = new SplittableRandom(seed);
    }

    /** Returns a weight of numbers that BF16 has. */
    Tensor weight(int... sizes) {
      float[] values = Tensors.gaussian(random, Shape.of(sizes).elements(), 0.5);
      for (int i = 0; i < values.length; i++) {
        values[i] = rounded(values[i]);
      }
      return Tensors.of(backend, arena, values, sizes);
    }

    Tensor activation(int... sizes) {
      Tensor values = weight(sizes);
      if (type == DType.F32) {
        return values;
      }
      float[] numbers = Tensors.floats(backend, values);
      short[] halves = new short[numbers.length];
      for (int i = 0; i < halves.length; i++) {
        halves[i] = (short) (Float.floatToRawIntBits(numbers[i]) >>> 16);
      }
      Tensor x = result(sizes);
      backend.write(x, MemorySegment.ofArray(halves));
      return x;
    }

    Tensor result(int... sizes) {
      return arena.allocate(type, Shape.of(sizes));
    }

    void keep(Tensor... tensors) {
      for (Tensor each : tensors) {
        results.add(numbers(each));
      }
    }

    float[] numbers(Tensor x) {
      if (x.dtype() == DType.F32) {
        return Tensors.floats(backend, x);
      }
      short[] halves = new short[(int) x.elements()];
      backend.read(MemorySegment.ofArray(halves), x);
      float[] values = new float[halves.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = Float.intBitsToFloat(halves[i] << 16);
      }
      return values;
    }
  }

  /** Does some ops, and keeps their results. */
  private interface Work {
    void run(Bench bench);
  }

  private static List<float[]> run(Precision precision, long seed, Work work) {
    try (Backend backend = new CudaBackend(0, precision);
        TensorArena arena = backend.arena("test")) {
      Bench bench = new Bench(backend, arena, seed);
      work.run(bench);
      return bench.results;
    }
  }

  /** Requires results as close to those in float32 as a share of their size and a number say. */
  private static void assertClose(RandomGenerator random, double share, double more, Work work) {
    long seed = random.nextLong();
    List<float[]> exact = run(Precision.FP32, seed, work);
    List<float[]> found = run(Precision.BF16, seed, work);
    assertThat(found).hasSameSizeAs(exact);
    for (int result = 0; result < exact.size(); result++) {
      float[] expected = exact.get(result);
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) found.get(result)[i])
            .as("element %d of result %d", i, result)
            .isCloseTo(expected[i], within(share * Math.abs(expected[i]) + more));
      }
    }
  }

  /** 72 numbers a row suit every epilogue of the library, 36 only a bias. */
  @ParameterizedTest
  @ValueSource(ints = {36, HIDDEN})
  void linearLayers(int out, RandomGenerator random) {
    assertClose(
        random,
        ROUNDING,
        1e-4,
        bench -> {
          var ops = bench.backend.linear();
          Tensor x = bench.activation(IMAGES, TOKENS, WIDTH);
          Tensor w = bench.weight(out, WIDTH);
          Tensor b = bench.weight(out);
          Tensor y = bench.result(IMAGES, TOKENS, out);
          ops.linear(y, x, w, b);
          bench.keep(y);
          Tensor base = bench.activation(IMAGES, TOKENS, out);
          ops.linear(y, x, w, b, new LinearEpilogue.Add(Residual.to(base), null));
          bench.keep(y);
          Tensor dy = bench.activation(IMAGES, TOKENS, out);
          Tensor dx = bench.result(IMAGES, TOKENS, WIDTH);
          ops.linearInputGradient(dx, dy, w);
          Tensor dw = bench.weight(out, WIDTH);
          Tensor db = bench.weight(out);
          ops.linearParameterGradients(dw, db, dy, x);
          bench.keep(dx, dw, db);
          Tensor logits = bench.arena.allocate(IMAGES, TOKENS, out);
          ops.linear(logits, x, w, b);
          bench.keep(logits);
        });
  }

  /** A branch is rounded before it is multiplied and added, where the library cannot do so. */
  @Test
  void stochasticDepthAndLayerScale(RandomGenerator random) {
    assertClose(
        random,
        ROUNDING,
        0.06,
        bench -> {
          Tensor x = bench.activation(IMAGES, TOKENS, WIDTH);
          Tensor base = bench.activation(IMAGES, TOKENS, HIDDEN);
          Tensor y = bench.result(IMAGES, TOKENS, HIDDEN);
          Tensor branch = bench.result(IMAGES, TOKENS, HIDDEN);
          var to = new Residual(base, new float[] {1.25f, 0}, bench.weight(HIDDEN));
          var add = new LinearEpilogue.Add(to, branch);
          bench
              .backend
              .linear()
              .linear(y, x, bench.weight(HIDDEN, WIDTH), bench.weight(HIDDEN), add);
          bench.keep(y, branch);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {36, HIDDEN})
  void linearLayersWithGelu(int out, RandomGenerator random) {
    assertClose(
        random,
        ROUNDING,
        0.04,
        bench -> {
          var ops = bench.backend.linear();
          Tensor x = bench.activation(IMAGES, TOKENS, WIDTH);
          Tensor w = bench.weight(out, WIDTH);
          Tensor b = bench.weight(out);
          Tensor y = bench.result(IMAGES, TOKENS, out);
          Tensor pre = bench.result(IMAGES, TOKENS, out);
          ops.linear(y, x, w, b, new LinearEpilogue.Gelu(pre));
          bench.keep(y, pre);
          ops.linear(y, x, w, b, new LinearEpilogue.Gelu(null));
          bench.keep(y);
        });
    assertClose(
        random,
        ROUNDING,
        10 * GELU,
        bench -> {
          Tensor pre = bench.activation(IMAGES, TOKENS, out);
          Tensor dy = bench.activation(IMAGES, TOKENS, WIDTH);
          Tensor dx = bench.result(IMAGES, TOKENS, out);
          bench.backend.linear().linearInputGradient(dx, dy, bench.weight(WIDTH, out), pre);
          bench.keep(dx);
        });
  }

  @Test
  void normalisation(RandomGenerator random) {
    assertClose(
        random,
        ROUNDING,
        1e-4,
        bench -> {
          var ops = bench.backend.normalization();
          Tensor x = bench.activation(IMAGES, TOKENS, WIDTH);
          Tensor w = bench.weight(WIDTH);
          Tensor y = bench.result(IMAGES, TOKENS, WIDTH);
          Tensor mean = bench.arena.allocate(IMAGES * TOKENS);
          Tensor rstd = bench.arena.allocate(IMAGES * TOKENS);
          ops.layerNorm(y, mean, rstd, x, w, bench.weight(WIDTH), 1e-6f);
          bench.keep(y, mean, rstd);
          Tensor dy = bench.activation(IMAGES, TOKENS, WIDTH);
          Tensor base = bench.activation(IMAGES, TOKENS, WIDTH);
          Tensor dx = bench.result(IMAGES, TOKENS, WIDTH);
          Tensor dw = bench.weight(WIDTH);
          Tensor db = bench.weight(WIDTH);
          ops.layerNormBackward(dx, base, dy, x, w, mean, rstd);
          ops.layerNormParameterGradients(dw, db, dy, x, mean, rstd);
          bench.keep(dx, dw, db);
          ops.layerNormGradients(base, dw, db, base, dy, x, w, mean, rstd);
          bench.keep(base, dw, db);
        });
  }

  /** Probabilities and their gradients are rounded on the way; 24 channels suit no tensor core. */
  @ParameterizedTest
  @ValueSource(ints = {16, 24, 64})
  void attention(int channels, RandomGenerator random) {
    assertClose(
        random,
        0.02,
        0.02,
        bench -> {
          var ops = bench.backend.attention();
          int width = HEADS * channels;
          Tensor qkv = bench.activation(IMAGES, TOKENS, 3 * width);
          Tensor y = bench.result(IMAGES, TOKENS, width);
          Tensor max = bench.arena.allocate(IMAGES, HEADS, TOKENS);
          Tensor reciprocal = bench.arena.allocate(IMAGES, HEADS, TOKENS);
          ops.attention(y, max, reciprocal, qkv, HEADS);
          Tensor dy = bench.activation(IMAGES, TOKENS, width);
          Tensor dqkv = bench.result(IMAGES, TOKENS, 3 * width);
          ops.attentionBackward(dqkv, dy, y, qkv, max, reciprocal, HEADS);
          Tensor probabilities = bench.arena.allocate(IMAGES, HEADS, TOKENS, TOKENS);
          ops.attentionProbabilities(probabilities, qkv, HEADS);
          bench.keep(y, max, reciprocal, dqkv, probabilities);
        });
  }

  @Test
  void tokensAndElements(RandomGenerator random) {
    assertClose(
        random,
        ROUNDING,
        1e-4,
        bench -> {
          var pixels = bench.backend.pixels();
          Tensor patches = bench.result(IMAGES * 6, 48);
          Tensor images = bench.weight(IMAGES, 3, 8, 12);
          pixels.patches(patches, images, 4);
          bench.keep(patches);
          pixels.patchesBackward(images, patches, 4);
          bench.keep(images);
          Tensor rows = bench.activation(IMAGES * (TOKENS - 1), WIDTH);
          List<Tensor> prefix = List.of(bench.weight(WIDTH));
          Tensor positions = bench.weight(TOKENS, WIDTH);
          Tensor y = bench.result(IMAGES, TOKENS, WIDTH);
          pixels.embed(y, rows, prefix, positions);
          bench.keep(y);
          Tensor dy = bench.activation(IMAGES, TOKENS, WIDTH);
          pixels.embedBackward(rows, prefix, positions, dy);
          bench.keep(rows, prefix.get(0), positions);
          Tensor token = bench.arena.allocate(IMAGES, WIDTH);
          pixels.selectToken(token, dy, 3);
          bench.backend.fill(y, 0.5f);
          pixels.selectTokenBackward(y, token, 1);
          bench.keep(token, y);
          var ops = bench.backend.elementwise();
          ops.add(y, y, dy);
          bench.keep(y);
          ops.dropout(y, dy, 0.25, new StreamKey(1, 2, 3, 4));
          bench.keep(y);
          Tensor scale = bench.weight(WIDTH);
          var to = new Residual(dy, new float[] {1.5f, 0}, scale);
          Tensor other = bench.activation(IMAGES, TOKENS, WIDTH);
          ops.addBranch(y, to, other);
          bench.keep(y);
          ops.addBranchBackward(y, other, to);
          ops.layerScaleGradient(scale, dy, other, to.factors());
          bench.keep(y, scale);
          ops.gelu(y, other);
          bench.keep(y);
          ops.geluBackward(y, dy, other);
          bench.keep(y);
        });
  }

  private static Parameter parameter(Bench bench, int... sizes) {
    Tensor gradient = bench.arena.allocate(sizes);
    bench.backend.fill(gradient, 0);
    return new Parameter("p", bench.weight(sizes), gradient);
  }

  /** Images to tokens, a block with stochastic depth, and the first tokens; forward and back. */
  private static void transformer(Bench bench) {
    Backend backend = bench.backend;
    Tape tape = new Tape(backend, bench.arena);
    Ops ops = Ops.recording(backend, bench.arena, tape);
    List<Parameter> all = new ArrayList<>();
    int[][] shapes = {
      {WIDTH, 3, 4, 4},
      {WIDTH},
      {1, 1, WIDTH},
      {1, 7, WIDTH},
      {WIDTH},
      {WIDTH},
      {3 * WIDTH, WIDTH},
      {3 * WIDTH},
      {WIDTH, WIDTH},
      {WIDTH},
      {HIDDEN, WIDTH},
      {HIDDEN},
      {WIDTH, HIDDEN},
      {WIDTH},
      {10, WIDTH},
      {10}
    };
    for (int[] shape : shapes) {
      all.add(parameter(bench, shape));
    }
    Tensor images = bench.weight(IMAGES, 3, 8, 12);
    Tensor patches = ops.linear(ops.tokens().patches(images, 4), all.get(0), all.get(1));
    Tensor x = ops.tokens().embed(patches, List.of(all.get(2)), all.get(3));
    assertThat(x.dtype()).isEqualTo(backend.activationType());
    Tensor first = ops.layerNormFactor(x, all.get(4), all.get(5), 1e-6f);
    Tensor attended = ops.tokens().attention(first, all.get(6), all.get(7), HEADS);
    var drops = new ResidualConnection(x, new float[] {0, 1.25f});
    Tensor middle = ops.linear(attended, all.get(8), all.get(9), drops);
    Tensor second = ops.layerNormFactor(middle, all.get(4), all.get(5), 1e-6f);
    var last = new ResidualConnection(middle, null);
    Tensor y =
        ops.feedForward(second, all.get(10), all.get(11), null, all.get(12), all.get(13), last);
    Tensor token = ops.tokens().firstTokens(y, 1).get(0);
    Tensor logits = ops.linear(token, all.get(14), all.get(15));
    assertThat(logits.dtype()).isEqualTo(DType.F32);
    bench.keep(logits);
    tape.addGradient(logits, bench.weight(IMAGES, 10));
    tape.backward();
    all.forEach(each -> bench.keep(each.gradient()));
  }

  private static double norm(float[] x) {
    double sum = 0;
    for (float each : x) {
      sum += (double) each * each;
    }
    return Math.sqrt(sum);
  }

  /**
   * With and without the library's epilogues. Where a sum nearly cancels, its gradient is far off
   * by rounding alone, one time in fifty by 3 %: each is judged by the middle one of nine
   * transformers.
   */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2})
  void gradientsOfATransformerAreThoseOfFloat32(long noAlgorithm, RandomGenerator random) {
    List<double[]> errors = new ArrayList<>();
    for (int transformer = 0; transformer < 9; transformer++) {
      long seed = random.nextLong();
      CudaStandIn.running().set("noAlgorithm", 0);
      List<float[]> exact = run(Precision.FP32, seed, CudaActivationsTest::transformer);
      CudaStandIn.running().set("noAlgorithm", noAlgorithm);
      List<float[]> found = run(Precision.BF16, seed, CudaActivationsTest::transformer);
      assertThat(found.get(0)).isNotEqualTo(exact.get(0));
      errors.add(relativeErrors(exact, found));
      assertThat(run(Precision.BF16, seed, CudaActivationsTest::transformer))
          .usingElementComparator(Arrays::compare)
          .isEqualTo(found);
    }
    for (int result = 0; result < errors.get(0).length; result++) {
      int each = result;
      double[] sorted = errors.stream().mapToDouble(error -> error[each]).sorted().toArray();
      assertThat(sorted[sorted.length / 2]).as("result %d", result).isLessThan(0.03);
    }
  }

  /** Returns each result's distance from the exact one, as a share of its length. */
  private static double[] relativeErrors(List<float[]> exact, List<float[]> found) {
    double[] errors = new double[exact.size()];
    for (int result = 0; result < errors.length; result++) {
      float[] distance = exact.get(result).clone();
      for (int i = 0; i < distance.length; i++) {
        distance[i] -= found.get(result)[i];
      }
      errors[result] = norm(distance) / norm(exact.get(result));
    }
    return errors;
  }

  /** Of a step, all weights together; and never what they were before. */
  @Test
  void weightsAreRoundedAgainOnceTheyHaveChanged() {
    CudaStandIn standIn = CudaStandIn.running();
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        TensorArena arena = backend.arena("test")) {
      Bench bench = new Bench(backend, arena, 1);
      Tensor x = bench.activation(TOKENS, 8);
      Tensor first = bench.weight(8, 8);
      Tensor second = bench.weight(8, 8);
      Tensor b = bench.weight(8);
      Tensor y = bench.result(TOKENS, 8);
      Runnable both =
          () -> {
            backend.linear().linear(y, x, first, b);
            backend.linear().linear(y, x, second, b);
          };
      both.run();
      long before = standIn.launches("toBfloat16All");
      both.run();
      assertThat(standIn.launches("toBfloat16All")).isEqualTo(before);
      float[] old = bench.numbers(y);
      Tensor zero = arena.allocate(8, 8);
      backend.fill(zero, 0);
      var step = new AdamWStep(1, 0.1, 0.9, 0.999, 1e-8, 0);
      Tensor m = arena.allocate(8, 8);
      backend.fill(m, 0);
      Tensor n = arena.allocate(8, 8);
      backend.fill(n, 0);
      Tensor g = bench.weight(8, 8);
      backend
          .optimizer()
          .adamW(
              List.of(
                  new AdamWUpdate(first, m, m, g, step, null),
                  new AdamWUpdate(second, n, n, g, step, null)),
              null);
      both.run();
      assertThat(standIn.launches("toBfloat16All")).isEqualTo(before + 1);
      assertThat(bench.numbers(y)).isNotEqualTo(old);
      backend.copy(second, zero);
      both.run();
      float[] bias = bench.numbers(b);
      float[] rows = bench.numbers(y);
      for (int i = 0; i < rows.length; i++) {
        assertThat(rows[i]).isEqualTo(bias[i % 8]);
      }
    }
  }

  /** Memory that was a weight's may be another's. */
  @Test
  void freedWeightsAreForgotten() {
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        TensorArena arena = backend.arena("test")) {
      Bench bench = new Bench(backend, arena, 1);
      Tensor x = bench.activation(TOKENS, 8);
      Tensor y = bench.result(TOKENS, 8);
      for (float value : new float[] {1, 2}) {
        try (TensorArena weights = backend.arena("weights")) {
          float[] diagonal = new float[64];
          for (int i = 0; i < 8; i++) {
            diagonal[9 * i] = value;
          }
          Tensor w = Tensors.of(backend, weights, diagonal, 8, 8);
          backend.linear().linear(y, x, w, Tensors.of(backend, weights, new float[8], 8));
        }
        float[] expected = bench.numbers(x);
        for (int i = 0; i < expected.length; i++) {
          expected[i] *= value;
        }
        assertThat(bench.numbers(y)).isEqualTo(expected);
      }
    }
  }

  @Test
  void typesThatDoNotGoTogetherAreRefused() {
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        TensorArena arena = backend.arena("test")) {
      Tensor x = arena.allocate(DType.BF16, Shape.of(2, 3, 4));
      Tensor other = arena.allocate(2, 3, 4);
      assertThatExceptionOfType(ShapeException.class)
          .isThrownBy(() -> backend.elementwise().add(x, x, other))
          .withMessageContainingAll("add: b", "F32", "expected BF16");
      assertThatExceptionOfType(ShapeException.class)
          .isThrownBy(() -> backend.loss().hardLabels(x.reshape(2, 12), x.reshape(2, 12)))
          .withMessageContainingAll("hardLabels", "BF16", "expected F32");
    }
    try (Backend backend = new CudaBackend(0, Precision.TF32);
        TensorArena arena = backend.arena("test")) {
      Tensor x = arena.allocate(DType.BF16, Shape.of(2, 3, 4));
      assertThat(backend.activationType()).isEqualTo(DType.F32);
      assertThatExceptionOfType(ShapeException.class)
          .isThrownBy(() -> backend.elementwise().add(x, x, x))
          .withMessageContainingAll("add: y", "BF16", "expected F32");
    }
  }
}
