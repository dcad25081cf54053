package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.deit4j.cuda.device.CudaContext;
import io.github.deit4j.cuda.device.MatrixProduct;
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
