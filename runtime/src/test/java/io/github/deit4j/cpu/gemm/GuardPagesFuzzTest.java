package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bindings.AnonymousMemory;
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
