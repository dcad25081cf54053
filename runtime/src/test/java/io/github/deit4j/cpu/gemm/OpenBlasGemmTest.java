package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.bindings.openblas.OpenBlas;
import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seed.class)
class OpenBlasGemmTest {
  private static final Gemm SCALAR = Kernels.scalar().gemm();

  /** Of the sum of all terms' magnitudes, which is what rounding errors are a part of. */
  private static final double TOLERANCE = 1e-5;

  private Gemm gemm;

  /** What each sum starts from. */
  private enum Start {
    ZEROS,
    BIAS,
    RESULT,
    OTHER_MATRIX
  }

  private record Product(Matrix c, Matrix init, Matrix a, Matrix b) {
    static Product random(RandomGenerator random, Start start, int m, int n, int k) {
      Matrix c = rowMajor(random, m, n);
      Matrix init =
          switch (start) {
            case ZEROS -> Matrix.repeatedRow(Arena.ofAuto().allocate(4L * n), m, n);
            case BIAS -> Matrix.repeatedRow(numbers(random, n), m, n);
            case RESULT -> c;
            case OTHER_MATRIX -> rowMajor(random, m, n);
          };
      return new Product(c, init, rowsOrColumns(random, m, k), rowsOrColumns(random, k, n));
    }

    /** Computes into a copy of c's memory, which is returned. */
    MemorySegment with(Gemm gemm, Workers workers) {
      MemorySegment memory = Arena.ofAuto().allocate(c.memory().byteSize(), 64);
      memory.copyFrom(c.memory());
      Matrix result = at(memory, c);
      gemm.multiply(workers, result, init.equals(c) ? result : init, a, b);
      return memory;
    }

    void compare(Gemm gemm, Workers workers) {
      MemorySegment expected = with(SCALAR, Workers.SERIAL);
      MemorySegment actual = with(gemm, workers);
      MemorySegment magnitudes =
          new Product(magnitudes(c), magnitudes(init), magnitudes(a), magnitudes(b))
              .with(SCALAR, Workers.SERIAL);
      for (long i = 0; i < expected.byteSize() / 4; i++) {
        float found = actual.getAtIndex(JAVA_FLOAT, i);
        float wanted = expected.getAtIndex(JAVA_FLOAT, i);
        double allowed = inside(i) ? TOLERANCE * magnitudes.getAtIndex(JAVA_FLOAT, i) : 0;
        if (!(Math.abs(found - wanted) <= allowed)) {
          fail("%s: element %d is %s, expected %s within %s", this, i, found, wanted, allowed);
        }
      }
    }

    private boolean inside(long index) {
      long place = index - c.offset();
      return place >= 0 && place % c.rowStride() < c.columns();
    }

    private static Matrix magnitudes(Matrix x) {
      MemorySegment memory = Arena.ofAuto().allocate(x.memory().byteSize(), 64);
      for (long i = 0; i < memory.byteSize() / 4; i++) {
        memory.setAtIndex(JAVA_FLOAT, i, Math.abs(x.memory().getAtIndex(JAVA_FLOAT, i)));
      }
      return at(memory, x);
    }

    private static Matrix at(MemorySegment memory, Matrix x) {
      return new Matrix(memory, x.offset(), x.rows(), x.columns(), x.rowStride(), x.columnStride());
    }
  }

  private static MemorySegment numbers(RandomGenerator random, long count) {
    MemorySegment memory = Arena.ofAuto().allocate(4 * count, 64);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return memory;
  }

  /** Rows with a gap between them, after an offset; the numbers there have to stay as they are. */
  private static Matrix rowMajor(RandomGenerator random, int rows, int columns) {
    int offset = random.nextInt(20);
    int stride = columns + random.nextInt(20);
    return new Matrix(
        numbers(random, offset + (long) rows * stride), offset, rows, columns, stride, 1);
  }

  private static Matrix rowsOrColumns(RandomGenerator random, int rows, int columns) {
    return random.nextBoolean()
        ? rowMajor(random, rows, columns)
        : rowMajor(random, columns, rows).transpose();
  }

  @BeforeEach
  void load() {
    assumeTrue(
        NativeLibraries.openBlas().place().isPresent(), NativeLibraries.openBlas()::toString);
    gemm = new OpenBlasGemm(Kernels.vector().gemm());
  }

  @ParameterizedTest
  @EnumSource
  void anyShapeTranspositionAndStart(Start start, RandomGenerator random) {
    for (int round = 0; round < 500; round++) {
      int m = random.nextInt(1, 70);
      int n = random.nextInt(1, 70);
      Product.random(random, start, m, n, random.nextInt(1, 70)).compare(gemm, Workers.SERIAL);
    }
    Product.random(random, start, 199, 67, 1537).compare(gemm, Workers.SERIAL);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void anyNumberOfThreads(int threads, RandomGenerator random) {
    try (ThreadTeam team = new ThreadTeam(threads)) {
      for (int round = 0; round < 60; round++) {
        Start start = Start.values()[round % Start.values().length];
        int m = random.nextInt(1, 300);
        int n = random.nextInt(1, 300);
        Product.random(random, start, m, n, random.nextInt(1, 50)).compare(gemm, team);
      }
    }
    assertThat(OpenBlas.openblas_get_num_threads()).isEqualTo(1);
  }

  @Test
  void emptyProducts(RandomGenerator random) {
    for (int[] size : new int[][] {{3, 5, 0}, {0, 5, 3}, {3, 0, 5}, {0, 0, 0}}) {
      for (Start start : Start.values()) {
        Product.random(random, start, size[0], size[1], size[2]).compare(gemm, Workers.SERIAL);
      }
    }
  }

  /** Heads of attention lie side by side in rows of q, k and v. */
  @Test
  void headsOfAttention(RandomGenerator random) {
    int tokens = 37;
    int heads = 3;
    int width = 16;
    int row = 3 * heads * width;
    MemorySegment qkv = numbers(random, (long) tokens * row);
    MemorySegment zeros = Arena.ofAuto().allocate(4L * row).asReadOnly();
    for (int head = 0; head < heads; head++) {
      Matrix q = new Matrix(qkv, (long) head * width, tokens, width, row, 1);
      Matrix k = new Matrix(qkv, (long) (heads + head) * width, tokens, width, row, 1);
      Matrix scores = rowMajor(random, tokens, tokens);
      Matrix out = new Matrix(numbers(random, (long) tokens * row), 5, tokens, width, row, 1);
      new Product(scores, Matrix.repeatedRow(zeros, tokens, tokens), q, k.transpose())
          .compare(gemm, Workers.SERIAL);
      new Product(out, Matrix.repeatedRow(zeros, tokens, width), scores.transpose(), q)
          .compare(gemm, Workers.SERIAL);
    }
  }

  /** What is in the result before must not matter where sums start from something else. */
  @Test
  void oldNanIsOverwritten(RandomGenerator random) {
    for (Start start : new Start[] {Start.ZEROS, Start.BIAS, Start.OTHER_MATRIX}) {
      Product product = Product.random(random, start, 20, 30, 10);
      Matrix c = Matrix.of(product.c().memory().asSlice(0, 4 * 20 * 30), 20, 30);
      for (long i = 0; i < 600; i++) {
        c.memory().setAtIndex(JAVA_FLOAT, i, Float.NaN);
      }
      new Product(c, product.init(), product.a(), product.b()).compare(gemm, Workers.SERIAL);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void sameBitsEveryTime(int threads, RandomGenerator random) {
    Product product = Product.random(random, Start.BIAS, 198, 384, 192);
    try (ThreadTeam team = new ThreadTeam(threads)) {
      MemorySegment first = product.with(gemm, team);
      for (int round = 0; round < 50; round++) {
        assertThat(product.with(gemm, team).mismatch(first)).isEqualTo(-1);
      }
    }
  }

  /** BLAS knows no stride of 0. */
  @Test
  void whatBlasCannotExpressIsComputedAllTheSame(RandomGenerator random) {
    Product product = Product.random(random, Start.BIAS, 9, 11, 7);
    Matrix repeated = Matrix.repeatedRow(numbers(random, 7), 9, 7);
    new Product(product.c(), product.init(), repeated, product.b()).compare(gemm, Workers.SERIAL);
  }

  @Test
  void nothingOutsideTheMemoryIsTouched(RandomGenerator random) {
    Matrix a = Matrix.of(numbers(random, 12), 3, 4);
    Matrix b = Matrix.of(numbers(random, 20), 4, 5);
    Matrix c = Matrix.of(numbers(random, 15), 3, 5);
    Matrix zeros = Matrix.repeatedRow(Arena.ofAuto().allocate(20), 3, 5);
    MemorySegment tooSmall = numbers(random, 11);
    assertThatThrownBy(() -> gemm.multiply(Workers.SERIAL, c, zeros, Matrix.of(tooSmall, 3, 4), b))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> gemm.multiply(Workers.SERIAL, Matrix.of(tooSmall, 3, 5), zeros, a, b))
        .isInstanceOf(IndexOutOfBoundsException.class);
    MemorySegment readOnly = numbers(random, 15).asReadOnly();
    assertThatThrownBy(() -> gemm.multiply(Workers.SERIAL, Matrix.of(readOnly, 3, 5), zeros, a, b))
        .isInstanceOf(IllegalArgumentException.class);
    Matrix closed = Matrix.of(closedMemory(48), 3, 4);
    assertThatThrownBy(() -> gemm.multiply(Workers.SERIAL, c, zeros, closed, b))
        .isInstanceOf(IllegalStateException.class);
  }

  private static MemorySegment closedMemory(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      return arena.allocate(bytes);
    }
  }
}
