package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.cuda.device.CudaContext;
import io.github.deit4j.cuda.device.MatrixProduct;
import io.github.deit4j.cuda.device.ProductEpilogue;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products in all forms against sums in double. Factors are small whole numbers, exact in BF16. */
@ExtendWith(Seed.class)
class CudaMatrixProductTest {
  private final CudaStandIn standIn = CudaStandIn.require();

  @AfterEach
  void nothingIsLeft() {
    standIn.requireClean();
  }

  /** What is multiplied. */
  private record Case(
      int m, int n, int k, boolean transposeA, boolean transposeB, float beta, boolean bias) {
    static List<Case> all(RandomGenerator random) {
      return IntStream.range(0, 16)
          .mapToObj(
              i ->
                  new Case(
                      random.nextInt(1, 40),
                      random.nextInt(1, 40),
                      random.nextInt(1, 70),
                      (i & 1) != 0,
                      (i & 2) != 0,
                      (i & 4) != 0 ? 1 : 0,
                      (i & 8) != 0))
          .toList();
    }

    Shape a() {
      return transposeA ? Shape.of(k, m) : Shape.of(m, k);
    }

    Shape b() {
      return transposeB ? Shape.of(n, k) : Shape.of(k, n);
    }

    float[] expected(float[] c, float[] a, float[] b, float[] bias) {
      float[] result = new float[m * n];
      for (int row = 0; row < m; row++) {
        for (int column = 0; column < n; column++) {
          double sum = (beta == 0 ? 0 : c[row * n + column]) + (this.bias ? bias[column] : 0);
          for (int i = 0; i < k; i++) {
            sum +=
                (double) a[transposeA ? i * m + row : row * k + i]
                    * b[transposeB ? column * k + i : i * n + column];
          }
          result[row * n + column] = (float) sum;
        }
      }
      return result;
    }
  }

  private static float[] wholeNumbers(RandomGenerator random, long count) {
    float[] values = new float[(int) count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(-8, 9);
    }
    return values;
  }

  private static Tensor tensor(
      CudaContext context, TensorArena arena, DType dtype, Shape shape, float[] values) {
    Tensor tensor = arena.allocate(dtype, shape);
    if (dtype == DType.BF16) {
      short[] halves = new short[values.length];
      for (int i = 0; i < halves.length; i++) {
        halves[i] = (short) (Float.floatToRawIntBits(values[i]) >>> 16);
      }
      context.write(tensor, MemorySegment.ofArray(halves));
    } else {
      context.write(tensor, MemorySegment.ofArray(values));
    }
    return tensor;
  }

  private static void check(CudaContext context, Case each, DType dtype, RandomGenerator random) {
    try (TensorArena arena = context.arena("test", 1 << 20)) {
      float[] a = wholeNumbers(random, each.a().elements());
      float[] b = wholeNumbers(random, each.b().elements());
      float[] c = wholeNumbers(random, (long) each.m * each.n);
      float[] bias = wholeNumbers(random, each.n);
      Tensor to = tensor(context, arena, DType.F32, Shape.of(each.m, each.n), c);
      context
          .matrixProduct()
          .multiply(
              to,
              tensor(context, arena, dtype, each.a(), a),
              each.transposeA,
              tensor(context, arena, dtype, each.b(), b),
              each.transposeB,
              each.beta,
              each.bias ? tensor(context, arena, DType.F32, Shape.of(each.n), bias) : null);
      float[] found = new float[c.length];
      context.read(MemorySegment.ofArray(found), to);
      assertThat(found).as("%s, %s", each, dtype).isEqualTo(each.expected(c, a, b, bias));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1})
  void everyFormIsRight(long noAlgorithm, RandomGenerator random) {
    standIn.set("noAlgorithm", noAlgorithm);
    try (var context = new CudaContext(0, Precision.FP32)) {
      for (Case each : Case.all(random)) {
        check(context, each, DType.F32, random);
        check(context, each, DType.BF16, random);
      }
    }
    assertThat(standIn.calls("cublasGemmEx")).isEqualTo(noAlgorithm == 0 ? 0 : 32);
    assertThat(standIn.calls("cublasLtMatmul")).isEqualTo(noAlgorithm == 0 ? 32 : 0);
  }

  /** Rows of an odd length, taken from the second on, lie at any multiple of 4 bytes. */
  @Test
  void slicesMayLieAnywhere(RandomGenerator random) {
    try (var context = new CudaContext(0, Precision.FP32);
        TensorArena arena = context.arena("test", 1 << 20)) {
      float[] a = wholeNumbers(random, 15);
      float[] b = wholeNumbers(random, 9);
      Tensor left = tensor(context, arena, DType.F32, Shape.of(5, 3), a).slice(1, 5);
      Tensor right = tensor(context, arena, DType.F32, Shape.of(3, 3), b);
      Tensor all = arena.allocate(5, 3);
      context.write(all, MemorySegment.ofArray(new float[15]));
      context.matrixProduct().multiply(all.slice(1, 5), left, false, right, false, 0, null);
      float[] found = new float[15];
      context.read(MemorySegment.ofArray(found), all);
      for (int row = 0; row < 5; row++) {
        for (int column = 0; column < 3; column++) {
          float sum = 0;
          for (int i = 0; i < 3 && row > 0; i++) {
            sum += a[row * 3 + i] * b[i * 3 + column];
          }
          assertThat(found[row * 3 + column]).isEqualTo(sum);
        }
      }
    }
  }

  /** 1 + 2⁻¹² has 12 bits of mantissa; TF32 keeps 10. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1})
  void tf32IsForThoseWhoAskForIt(long noAlgorithm) {
    standIn.set("noAlgorithm", noAlgorithm);
    float exact = 1 + 0x1p-12f;
    assertThat(square(Precision.FP32, exact)).isEqualTo(exact * exact);
    assertThat(square(Precision.TF32, exact)).isEqualTo(1);
    assertThat(square(Precision.BF16, exact)).isEqualTo(exact * exact);
  }

  private static float square(Precision precision, float x) {
    try (var context = new CudaContext(0, precision);
        TensorArena arena = context.arena("test", 1 << 20)) {
      Tensor factor = tensor(context, arena, DType.F32, Shape.of(1, 1), new float[] {x});
      Tensor product = arena.allocate(1, 1);
      context.matrixProduct().multiply(product, factor, false, factor, false, 0, null);
      float[] found = new float[1];
      context.read(MemorySegment.ofArray(found), product);
      return found[0];
    }
  }

  @Test
  void algorithmIsChosenOncePerProblem(RandomGenerator random) {
    try (var context = new CudaContext(0, Precision.FP32)) {
      Case each = new Case(3, 4, 5, false, true, 0, true);
      for (int i = 0; i < 3; i++) {
        check(context, each, DType.F32, random);
      }
      assertThat(standIn.calls("cublasLtMatmulAlgoGetHeuristic")).isEqualTo(1);
    }
  }

  private static float gelu(double x) {
    return (float) (0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
  }

  private static float[] halves(CudaContext context, Tensor x) {
    short[] halves = new short[(int) x.elements()];
    context.read(MemorySegment.ofArray(halves), x);
    float[] values = new float[halves.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(halves[i] << 16);
    }
    return values;
  }

  /** Sums of small whole numbers stay below 256, so that BF16 has them too. */
  @Test
  void epiloguesAreRight(RandomGenerator random) {
    try (var context = new CudaContext(0, Precision.BF16);
        TensorArena arena = context.arena("test", 1 << 20)) {
      MatrixProduct product = context.matrixProduct();
      int m = 11;
      int n = 16;
      int k = 8;
      float[] a = new float[m * k];
      float[] b = new float[n * k];
      float[] base = new float[m * n];
      float[] bias = new float[n];
      for (float[] values : List.of(a, b, base, bias)) {
        for (int i = 0; i < values.length; i++) {
          values[i] = random.nextInt(-2, 3);
        }
      }
      float[] sums = new float[m * n];
      for (int i = 0; i < m * n; i++) {
        for (int j = 0; j < k; j++) {
          sums[i] += a[i / n * k + j] * b[i % n * k + j];
        }
      }
      DType type = DType.BF16;
      Tensor left = tensor(context, arena, type, Shape.of(m, k), a);
      Tensor right = tensor(context, arena, type, Shape.of(n, k), b);
      Tensor row = tensor(context, arena, type, Shape.of(n), bias);
      Tensor other = tensor(context, arena, type, Shape.of(m, n), base);
      Tensor c = arena.allocate(type, Shape.of(m, n));
      Tensor pre = arena.allocate(type, Shape.of(m, n));

      ProductEpilogue added = ProductEpilogue.bias(row).added(other);
      assertThat(product.multiply(c, left, false, right, true, added)).isTrue();
      float[] found = halves(context, c);
      for (int i = 0; i < m * n; i++) {
        assertThat(found[i]).isEqualTo(sums[i] + bias[i % n] + base[i]);
      }

      ProductEpilogue gelu = ProductEpilogue.gelu(row, pre);
      assertThat(product.multiply(c, left, false, right, true, gelu)).isTrue();
      found = halves(context, c);
      float[] kept = halves(context, pre);
      for (int i = 0; i < m * n; i++) {
        float input = sums[i] + bias[i % n];
        assertThat(kept[i]).isEqualTo(input);
        assertThat(found[i])
            .isCloseTo(gelu(input), within(0x1p-8f * Math.abs(gelu(input)) + 1e-5f));
      }

      ProductEpilogue slope = ProductEpilogue.geluGradient(pre);
      assertThat(product.multiply(c, left, false, right, true, slope)).isTrue();
      found = halves(context, c);
      for (int i = 0; i < m * n; i++) {
        double h = 1e-3;
        double expected = sums[i] * (gelu(kept[i] + h) - gelu(kept[i] - h)) / (2 * h);
        assertThat((double) found[i])
            .isCloseTo(expected, within(0x1p-8 * Math.abs(expected) + 1e-2));
      }

      // What a weight's gradient is: c = aᵀ·b over rows, and the sums of a's columns.
      Tensor gradient = tensor(context, arena, DType.F32, Shape.of(n, n), new float[n * n]);
      Tensor columns = arena.allocate(n);
      ProductEpilogue sum = ProductEpilogue.rowSums(columns, gradient);
      assertThat(product.multiply(gradient, other, true, other, false, sum)).isTrue();
      float[] total = new float[n];
      context.read(MemorySegment.ofArray(total), columns);
      for (int column = 0; column < n; column++) {
        float expected = 0;
        for (int i = 0; i < m; i++) {
          expected += base[i * n + column];
        }
        assertThat(total[column]).isEqualTo(expected);
      }
    }
  }

  /** Rows of 12 numbers are no multiple of 16 bytes, and float32 has no such kernels. */
  @Test
  void epiloguesThatTheLibraryDoesNotHaveAreLeftToTheCaller() {
    try (var context = new CudaContext(0, Precision.BF16);
        TensorArena arena = context.arena("test", 1 << 20)) {
      MatrixProduct product = context.matrixProduct();
      Tensor x = tensor(context, arena, DType.BF16, Shape.of(12, 12), new float[144]);
      Tensor c = arena.allocate(DType.BF16, Shape.of(12, 12));
      ProductEpilogue gelu = ProductEpilogue.gelu(x.reshape(144).slice(0, 12), null);
      assertThat(product.multiply(c, x, false, x, false, gelu)).isFalse();
      ProductEpilogue slope = ProductEpilogue.geluGradient(x);
      assertThat(product.multiply(c, x, false, x, false, slope)).isFalse();
      Tensor f = tensor(context, arena, DType.F32, Shape.of(16, 16), new float[256]);
      Tensor g = arena.allocate(16, 16);
      ProductEpilogue sums = ProductEpilogue.rowSums(arena.allocate(16), null);
      assertThat(product.multiply(g, f, false, f, false, sums)).isFalse();
      assertThat(standIn.calls("cublasLtMatmul")).isZero();
      assertRefused(
          () -> product.multiply(c, x, false, x, false, ProductEpilogue.NONE.added(g)),
          "base has element type F32");
      assertRefused(
          () -> product.multiply(c, x, false, x, false, ProductEpilogue.geluGradient(g)),
          "pre has element type F32");
      assertRefused(
          () -> product.multiply(c, x, false, x, false, ProductEpilogue.bias(g)),
          "bias of 12 elements of type BF16");
    }
  }

  @Test
  void operandsThatDoNotFitAreNamed() {
    try (var context = new CudaContext(0, Precision.FP32);
        TensorArena arena = context.arena("test", 1 << 20)) {
      MatrixProduct product = context.matrixProduct();
      Tensor x = arena.allocate(2, 3);
      Tensor c = arena.allocate(2, 2);
      Tensor halves = arena.allocate(DType.BF16, Shape.of(3, 2));
      assertRefused(() -> product.multiply(c, x, false, c, false, 0, null), "b of 3·2 elements");
      assertRefused(() -> product.multiply(c, x, false, halves, false, 0, null), "of type F32");
      assertRefused(() -> product.multiply(halves, x, false, c, false, 0, null), "c has element");
      assertRefused(() -> product.multiply(c, x, false, x, true, 0, x), "bias has shape [2, 3]");
      assertThat(standIn.calls("cublasLtMatmul")).isZero();
    }
  }

  private static void assertRefused(Runnable product, String reason) {
    assertThatExceptionOfType(ShapeException.class)
        .isThrownBy(product::run)
        .withMessageContainingAll("matrix product", reason);
  }
}
