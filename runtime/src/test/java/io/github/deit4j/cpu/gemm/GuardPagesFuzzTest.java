package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.AnonymousMemory;
import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.cpu.kernel.Numbers;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Products of BF16 whose operands end where a page begins that nobody may touch: machine code that
 * goes too far ends the JVM, and this test with it.
 */
@ExtendWith(Seed.class)
@EnabledOnOs(OS.LINUX)
class GuardPagesFuzzTest {
  private static final int ROUNDS = 400;
  private static final int ROUNDS_OF_PAIRS = 150;
  private static final long PAGE = 4096;
  private static final long MOST_BYTES = 2L << 20;

  /** Returns numbers of any kind right in front of a guard page. */
  @SuppressWarnings("restricted") // tests run where native access is allowed
  private static MemorySegment numbers(Arena arena, RandomGenerator random, long count)
      throws Throwable {
    MemorySegment region = AnonymousMemory.map(MOST_BYTES + PAGE, arena).orElseThrow();
    MethodHandle mprotect =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("mprotect"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    int none = 0;
    assertThat((int) mprotect.invokeExact(region.asSlice(MOST_BYTES), PAGE, none)).isZero();
    MemorySegment memory = region.asSlice(MOST_BYTES - 4 * count, 4 * count);
    Numbers kind = Numbers.anyKind(random);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(JAVA_FLOAT, i, kind.next(random));
    }
    return memory;
  }

  /** Rows, or columns, as close to the end as they can be. */
  private static Matrix factor(
      Arena arena, RandomGenerator random, int rows, int columns, boolean inColumns)
      throws Throwable {
    if (inColumns) {
      return factor(arena, random, columns, rows, false).transpose();
    }
    int stride = columns + random.nextInt(5);
    MemorySegment memory = numbers(arena, random, (rows - 1L) * stride + columns);
    return new Matrix(memory, 0, rows, columns, stride, 1);
  }

  @Test
  void nothingBehindAnOperandIsTouched(RandomGenerator random) throws Throwable {
    Gemm expected = Kernels.scalarBf16().gemm();
    Gemm actual = Kernels.vectorBf16().gemm();
    for (int round = 0; round < ROUNDS; round++) {
      int m = random.nextInt(1, 60);
      int n = random.nextInt(1, 220);
      int k = random.nextInt(1, 90);
      try (Arena arena = Arena.ofConfined()) {
        Matrix a = factor(arena, random, m, k, random.nextBoolean());
        Matrix b = factor(arena, random, k, n, random.nextBoolean());
        Matrix bias = Matrix.repeatedRow(numbers(arena, random, n), m, n);
        Matrix wanted = factor(arena, random, m, n, false);
        MemorySegment copy = numbers(arena, random, wanted.memory().byteSize() / 4);
        copy.copyFrom(wanted.memory());
        Matrix got = new Matrix(copy, 0, m, n, wanted.rowStride(), 1);
        expected.multiply(Workers.SERIAL, wanted, bias, a, b);
        actual.multiply(Workers.SERIAL, got, bias, a, b);
        assertSame(got, wanted);
        expected.multiply(Workers.SERIAL, wanted, wanted, a, b);
        actual.multiply(Workers.SERIAL, got, got, a, actual.pack(Workers.SERIAL, b), Epilogue.NONE);
        assertSame(got, wanted);
      }
    }
  }

  /** Rounds a factor to pairs whose last word ends at a guard page. */
  private static Matrix pairs(Arena arena, RandomGenerator random, Matrix x) throws Throwable {
    if (x.columnStride() != 1) {
      return pairs(arena, random, x.transpose()).transpose();
    }
    int stride = x.columns() + 2 * random.nextInt(3);
    long words = ((x.rows() - 1L) * stride + x.columns()) / 2;
    MemorySegment memory = numbers(arena, random, words);
    Matrix rounded = new Matrix(memory, 0, x.rows(), x.columns(), stride, 1, true);
    x.roundTo(rounded);
    return rounded;
  }

  private static int even(RandomGenerator random, int most) {
    return 2 * random.nextInt(1, most / 2);
  }

  /** Any of a, b and c may be pairs, in products of one pass over k and of two. */
  @Test
  void pairsHaveTheSameBits(RandomGenerator random) throws Throwable {
    Gemm gemm = Kernels.vectorBf16().gemm();
    assumeTrue(gemm.keepsPairs(), "no machine code here: factors stay float32");
    for (int round = 0; round < ROUNDS_OF_PAIRS; round++) {
      boolean deep = round % 50 == 0;
      int m = even(random, deep ? 20 : 60);
      int n = even(random, deep ? 90 : 220);
      int k = deep ? 2 * VectorGemm.MAX_DEPTH + even(random, 90) : even(random, 90);
      try (Arena arena = Arena.ofConfined()) {
        Matrix a = factor(arena, random, m, k, random.nextBoolean());
        Matrix b = factor(arena, random, k, n, random.nextBoolean());
        Matrix bias = Matrix.repeatedRow(numbers(arena, random, n), m, n);
        Matrix wanted = Matrix.of(numbers(arena, random, (long) m * n), m, n);
        Matrix got = Matrix.of(numbers(arena, random, (long) m * n), m, n);
        Matrix roundedA = random.nextBoolean() ? pairs(arena, random, a) : a;
        Matrix roundedB = random.nextBoolean() ? pairs(arena, random, b) : b;
        gemm.multiply(Workers.SERIAL, wanted, bias, a, b);
        gemm.multiply(Workers.SERIAL, got, bias, roundedA, roundedB);
        assertSame(got, wanted);
        Matrix expected = pairs(arena, random, wanted);
        Matrix actual = pairs(arena, random, wanted);
        if (random.nextBoolean()) {
          gemm.multiply(Workers.SERIAL, actual, bias, roundedA, roundedB);
        } else {
          var packed = gemm.pack(Workers.SERIAL, roundedB);
          gemm.multiply(Workers.SERIAL, actual, bias, roundedA, packed, Epilogue.NONE);
        }
        for (int i = 0; i < m; i++) {
          for (int j = 0; j < n; j += 2) {
            int word = actual.memory().get(JAVA_INT, actual.byteOffset(i, j));
            assertThat(word).isEqualTo(expected.memory().get(JAVA_INT, expected.byteOffset(i, j)));
          }
        }
      }
    }
  }

  /** A layer's input as pairs in the gradient of its weight, of any number of rows. */
  @Test
  void parameterGradientsOfPairsHaveTheSameBits(RandomGenerator random) throws Throwable {
    Gemm gemm = Kernels.vectorBf16().gemm();
    assumeTrue(gemm.keepsPairs(), "no machine code here: factors stay float32");
    Reductions reductions = Kernels.vectorBf16().reductions();
    for (int round = 0; round < ROUNDS_OF_PAIRS; round++) {
      int rows = random.nextInt(1, 150);
      int out = random.nextInt(1, 130);
      int in = even(random, 200);
      try (Arena arena = Arena.ofConfined()) {
        Matrix dy = Matrix.of(numbers(arena, random, (long) rows * out), rows, out);
        Matrix x = Matrix.of(numbers(arena, random, (long) rows * in), rows, in);
        Matrix wanted = Matrix.of(arena.allocate(JAVA_FLOAT, (long) out * in), out, in);
        Matrix got = Matrix.of(arena.allocate(JAVA_FLOAT, (long) out * in), out, in);
        MemorySegment db = arena.allocate(JAVA_FLOAT, out);
        gemm.addParameterGradients(Workers.SERIAL, wanted, db, dy, x, reductions);
        Matrix rounded = Matrix.ofPairs(numbers(arena, random, (long) rows * in / 2), rows, in);
        x.roundTo(rounded);
        gemm.addParameterGradients(Workers.SERIAL, got, db, dy, rounded, reductions);
        assertSame(got, wanted);
      }
    }
  }

  private static void assertSame(Matrix actual, Matrix expected) {
    float[] got = actual.memory().toArray(JAVA_FLOAT);
    float[] wanted = expected.memory().toArray(JAVA_FLOAT);
    for (int i = 0; i < got.length; i++) {
      // The same for every NaN.
      assertThat(Float.floatToIntBits(got[i]))
          .as("%d", i)
          .isEqualTo(Float.floatToIntBits(wanted[i]));
    }
  }
}
