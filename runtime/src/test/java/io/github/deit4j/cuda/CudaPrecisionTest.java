package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import io.github.deit4j.testing.Tensors;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the precisions round, and what they leave alone. */
@ExtendWith({OnStandIn.class, Seed.class})
class CudaPrecisionTest {
  private static final int ROWS = 37;
  private static final int IN = 24;
  private static final int OUT = 19;

  /** The operands of a linear layer, and its results as the backend gives them. */
  private record Layer(float[] x, float[] w, float[] dy, float[] y, float[] dx, float[] dw) {
    static Layer of(Precision precision, RandomGenerator random) {
      float[] x = Tensors.gaussian(random, ROWS * IN, 1);
      float[] w = Tensors.gaussian(random, OUT * IN, 1);
      float[] dy = Tensors.gaussian(random, ROWS * OUT, 1);
      try (Backend backend = new CudaBackend(0, precision);
          TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
        Tensor input = Tensors.of(backend, arena, x, ROWS, IN);
        Tensor weight = Tensors.of(backend, arena, w, OUT, IN);
        Tensor gradient = Tensors.of(backend, arena, dy, ROWS, OUT);
        Tensor bias = Tensors.of(backend, arena, new float[OUT], OUT);
        Tensor y = arena.allocate(ROWS, OUT);
        Tensor dx = arena.allocate(ROWS, IN);
        Tensor dw = Tensors.of(backend, arena, new float[OUT * IN], OUT, IN);
        backend.linear().linear(y, input, weight, bias);
        backend.linear().linearInputGradient(dx, gradient, weight);
        backend.linear().linearParameterGradients(dw, bias, gradient, input);
        return new Layer(
            x,
            w,
            dy,
            Tensors.floats(backend, y),
            Tensors.floats(backend, dx),
            Tensors.floats(backend, dw));
      }
    }
  }

  @Test
  void factorsAreRoundedToBfloat16AndNothingElse(RandomGenerator random) {
    Layer layer = Layer.of(Precision.BF16, random);
    float[] x = rounded(layer.x);
    float[] w = rounded(layer.w);
    float[] dy = rounded(layer.dy);
    for (int row = 0; row < ROWS; row++) {
      for (int out = 0; out < OUT; out++) {
        double sum = 0;
        for (int in = 0; in < IN; in++) {
          sum += (double) x[row * IN + in] * w[out * IN + in];
        }
        assertThat((double) layer.y[row * OUT + out]).isCloseTo(sum, within(1e-5));
      }
      for (int in = 0; in < IN; in++) {
        double sum = 0;
        for (int out = 0; out < OUT; out++) {
          sum += (double) dy[row * OUT + out] * w[out * IN + in];
        }
        assertThat((double) layer.dx[row * IN + in]).isCloseTo(sum, within(1e-5));
      }
    }
    for (int i = 0; i < OUT * IN; i++) {
      double sum = 0;
      for (int row = 0; row < ROWS; row++) {
        sum += (double) dy[row * OUT + i / IN] * x[row * IN + i % IN];
      }
      assertThat((double) layer.dw[i]).isCloseTo(sum, within(1e-5));
    }
  }

  /** To the nearest, ties to even. */
  private static float[] rounded(float[] values) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int bits = Float.floatToRawIntBits(values[i]);
      result[i] = Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
    }
    return result;
  }

  /** What attention gives: the output and the gradient of qkv. */
  private record Attention(float[] y, float[] dqkv) {
    static Attention of(Precision precision, float[] qkv, float[] dy, int tokens, int heads) {
      int width = dy.length / tokens;
      try (Backend backend = new CudaBackend(0, precision);
          TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
        Tensor input = Tensors.of(backend, arena, qkv, 1, tokens, 3 * width);
        Tensor gradient = Tensors.of(backend, arena, dy, 1, tokens, width);
        Tensor y = arena.allocate(1, tokens, width);
        Tensor max = arena.allocate(1, heads, tokens);
        Tensor reciprocal = arena.allocate(1, heads, tokens);
        Tensor dqkv = arena.allocate(1, tokens, 3 * width);
        backend.attention().attention(y, max, reciprocal, input, heads);
        backend.attention().attentionBackward(dqkv, gradient, y, input, max, reciprocal, heads);
        return new Attention(Tensors.floats(backend, y), Tensors.floats(backend, dqkv));
      }
    }
  }

  /** Tokens below, at and above a tile; numbers of size 1, of which BF16 keeps 8 bits. */
  @ParameterizedTest
  @CsvSource({"1, 1, 16", "18, 3, 16", "32, 1, 64", "70, 1, 48"})
  void attentionOnTensorCoresIsCloseToFloat32(
      int tokens, int heads, int channels, RandomGenerator random) {
    float[] qkv = Tensors.gaussian(random, 3L * tokens * heads * channels, 1);
    float[] dy = Tensors.gaussian(random, (long) tokens * heads * channels, 1);
    Attention exact = Attention.of(Precision.FP32, qkv, dy, tokens, heads);
    Attention rounded = Attention.of(Precision.BF16, qkv, dy, tokens, heads);
    assertThat(rounded.y).isNotEqualTo(exact.y);
    assertClose(rounded.y, exact.y);
    assertClose(rounded.dqkv, exact.dqkv);
  }

  private static void assertClose(float[] got, float[] expected) {
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i])
          .as("element %d", i)
          .isCloseTo(expected[i], within(0.05f + 0.02f * Math.abs(expected[i])));
    }
  }

  @Test
  void attentionThatTensorCoresCannotHoldStaysFloat32(RandomGenerator random) {
    float[] qkv = Tensors.gaussian(random, 3 * 7 * 24, 1);
    float[] dy = Tensors.gaussian(random, 7 * 24, 1);
    Attention exact = Attention.of(Precision.FP32, qkv, dy, 7, 1);
    Attention same = Attention.of(Precision.BF16, qkv, dy, 7, 1);
    assertThat(same.y).containsExactly(exact.y);
    assertThat(same.dqkv).containsExactly(exact.dqkv);
  }

  @Test
  void headsThatNoKernelCanHoldAreRefused(RandomGenerator random) {
    float[] qkv = Tensors.gaussian(random, 3 * 2 * 129, 1);
    float[] dy = Tensors.gaussian(random, 2 * 129, 1);
    assertThatExceptionOfType(ShapeException.class)
        .isThrownBy(() -> Attention.of(Precision.FP32, qkv, dy, 2, 1))
        .withMessageContainingAll("attention", "at most 128 channels", "[1, 2, 387]");
  }

  @Test
  void tf32IsCloseToFloat32(RandomGenerator random) {
    Layer layer = Layer.of(Precision.TF32, random);
    for (int i = 0; i < ROWS * OUT; i++) {
      double sum = 0;
      for (int in = 0; in < IN; in++) {
        sum += (double) layer.x[i / OUT * IN + in] * layer.w[i % OUT * IN + in];
      }
      assertThat((double) layer.y[i]).isCloseTo(sum, within(0.05));
    }
  }
}
