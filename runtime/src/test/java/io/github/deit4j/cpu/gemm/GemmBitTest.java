package io.github.deit4j.cpu.gemm;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.cpu.core.VectorMath;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.kernel.AttentionKernel.Head;
import io.github.deit4j.cpu.kernel.BitCases;
import io.github.deit4j.cpu.kernel.BitCases.Arithmetic;
import io.github.deit4j.cpu.kernel.Floats;
import io.github.deit4j.cpu.kernel.Numbers;
import io.github.deit4j.op.AttentionOps.Sizes;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@EnumSource(Arithmetic.class)
@ExtendWith(Seed.class)
class GemmBitTest {
  private final Arithmetic arithmetic;

  GemmBitTest(Arithmetic arithmetic) {
    this.arithmetic = arithmetic;
  }

  /** What each sum starts from. */
  private enum Start {
    BIAS,
    RESULT,
    OTHER_MATRIX
  }

  /** One product on operands c, init, a, b; the matrices say where in an operand they lie. */
  private record Product(
      Start start, Matrix c, Matrix init, Matrix a, Matrix b, Matrix kept, Matrix operand) {
    static Product random(Arithmetic arithmetic, RandomGenerator random, int m, int n, int k) {
      Start start = Start.values()[random.nextInt(Start.values().length)];
      Matrix c = rowMajor(random, m, n);
      arithmetic.makeSums(c.memory());
      Matrix init =
          switch (start) {
            case BIAS -> Matrix.repeatedRow(Floats.random(random, Numbers.ORDINARY, n), m, n);
            case RESULT -> c;
            case OTHER_MATRIX -> rowMajor(random, m, n);
          };
      Matrix a = rowsOrColumns(random, m, k);
      return of(random, start, c, init, a, rowsOrColumns(random, k, n));
    }

    static Product of(
        RandomGenerator random, Start start, Matrix c, Matrix init, Matrix a, Matrix b) {
      Matrix kept = rowMajor(random, c.rows(), c.columns());
      Matrix operand = rowMajor(random, c.rows(), c.columns());
      return new Product(start, c, init, a, b, kept, operand);
    }

    void compare(BitCases cases, Workers workers) {
      MemorySegment[] memory = {
        c.memory(), init.memory(), a.memory(), b.memory(), kept.memory(), operand.memory()
      };
      cases.compare(
          "%s = %s + %s × %s".formatted(layout(c), start, layout(a), layout(b)),
          memory,
          (kernels, x) -> multiply(kernels.gemm(), workers, x, Epilogue.NONE));
      cases.compare(
          "the same, kept, then times the operand and the number of its row",
          memory,
          (kernels, x) -> multiply(kernels.gemm(), workers, x, epilogue(x)));
      cases.compare(
          "the same plus the operand",
          memory,
          (kernels, x) -> multiply(kernels.gemm(), workers, x, Epilogue.sum(at(x[5], operand))));
      cases.compare(
          "the same with b packed before",
          memory,
          (kernels, x) -> {
            PackedB packed = kernels.gemm().pack(workers, at(x[3], b));
            kernels
                .gemm()
                .multiply(workers, at(x[0], c), from(x), at(x[2], a), packed, Epilogue.NONE);
          });
    }

    private void multiply(Gemm gemm, Workers workers, MemorySegment[] x, Epilogue epilogue) {
      gemm.multiply(workers, at(x[0], c), from(x), at(x[2], a), at(x[3], b), epilogue);
    }

    /** Returns what the chains start from. */
    private Matrix from(MemorySegment[] x) {
      return start == Start.RESULT ? at(x[0], c) : at(x[1], init);
    }

    private Epilogue epilogue(MemorySegment[] x) {
      return new Epilogue(
          at(x[4], kept),
          at(x[5], operand),
          (block, at, other, row, column, rows, columns, stride) -> {
            for (int i = 0; i < rows; i++) {
              for (int j = 0; j < columns; j++) {
                int place = at + i * stride + j;
                block[place] *= other[place] * (row + i) + (column + j);
              }
            }
          });
    }

    private static String layout(Matrix x) {
      return "[%d, %d] at %d by %d and %d"
          .formatted(x.rows(), x.columns(), x.offset(), x.rowStride(), x.columnStride());
    }

    private static Matrix at(MemorySegment memory, Matrix x) {
      return new Matrix(memory, x.offset(), x.rows(), x.columns(), x.rowStride(), x.columnStride());
    }
  }

  /** Rows with a gap between them, after an offset; the numbers there have to stay as they are. */
  private static Matrix rowMajor(RandomGenerator random, int rows, int columns) {
    int offset = random.nextInt(20);
    int stride = columns + random.nextInt(20);
    long size = offset + (long) rows * stride;
    MemorySegment memory = Floats.random(random, Numbers.anyKind(random), size);
    return new Matrix(memory, offset, rows, columns, stride, 1);
  }

  private static Matrix rowsOrColumns(RandomGenerator random, int rows, int columns) {
    return random.nextBoolean()
        ? rowMajor(random, rows, columns)
        : rowMajor(random, columns, rows).transpose();
  }

  @Test
  void smallProducts(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    for (int round = 0; round < arithmetic.rounds(); round++) {
      int m = random.nextInt(1, 25);
      int n = random.nextInt(1, 90);
      int k = random.nextInt(1, 20);
      Product.random(arithmetic, random, m, n, k).compare(cases, Workers.SERIAL);
    }
  }

  @Test
  void plain(RandomGenerator random) {
    var cases = arithmetic.plain(random);
    try (ThreadTeam team = new ThreadTeam(3)) {
      for (int round = 0; round < BitCases.ROUNDS / 4; round++) {
        int m = random.nextInt(40);
        int n = random.nextInt(90);
        Product.random(arithmetic, random, m, n, random.nextInt(20)).compare(cases, team);
      }
      // Columns of more than one pass.
      Product.random(arithmetic, random, 3, 1700, 30).compare(cases, team);
    }
  }

  @Test
  void everyTileWidth(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    for (int n = 1; n <= Tiles.BLOCK + VectorMath.LANES + 1; n++) {
      for (int m : new int[] {1, Tiles.ROWS - 1, Tiles.ROWS, Tiles.ROWS + 1, Tiles.HEIGHT + 1}) {
        Product.random(arithmetic, random, m, n, 3).compare(cases, Workers.SERIAL);
      }
    }
  }

  @Test
  void everyTileHeight(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    for (int m = 1; m <= 200; m++) {
      Product.random(arithmetic, random, m, VectorMath.LANES - 1, 3).compare(cases, Workers.SERIAL);
      Product.random(arithmetic, random, m, VectorMath.LANES + 1, 3).compare(cases, Workers.SERIAL);
    }
  }

  /** The micro-kernels take several values of k a turn. */
  @Test
  void everySmallDepth(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    for (int depth = 0; depth <= 20; depth++) {
      Product.random(arithmetic, random, Tiles.ROWS + 1, VectorMath.LANES, depth)
          .compare(cases, Workers.SERIAL);
      Product.random(arithmetic, random, Tiles.ROWS + 1, Tiles.WIDTH, depth)
          .compare(cases, Workers.SERIAL);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        1023,
        1024,
        1025,
        VectorGemm.MAX_DEPTH,
        VectorGemm.MAX_DEPTH + 1,
        Tiles.ROW_STRIDE,
        Tiles.ROW_STRIDE + 1,
        2048,
        2049,
        3000
      })
  void deepProducts(int k, RandomGenerator random) {
    var cases = arithmetic.cases(random);
    for (int round = 0; round < 9; round++) {
      int m = random.nextInt(1, 20);
      int n = random.nextInt(1, 90);
      Product.random(arithmetic, random, m, n, k).compare(cases, Workers.SERIAL);
    }
  }

  /** Few rows by so much of B that each task packs its own columns; in one pass, and in two. */
  @ParameterizedTest
  @ValueSource(ints = {300, 900, 1800})
  void fewRows(int k, RandomGenerator random) {
    var cases = arithmetic.cases(random);
    try (ThreadTeam team = new ThreadTeam(3)) {
      for (Workers workers : List.of(Workers.SERIAL, team)) {
        int n = random.nextInt(900, 1000);
        Product.random(arithmetic, random, random.nextInt(1, 60), n, k).compare(cases, workers);
      }
    }
  }

  /** Panels of dy by fours and eights and what is left of them; in one pass, and in two. */
  @Test
  void parameterGradients(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    try (ThreadTeam team = new ThreadTeam(3)) {
      for (int round = 0; round < arithmetic.rounds(); round++) {
        // One output, whose gradients are a row as well as a column, by many inputs; then no input.
        boolean one = round == 0;
        int rows = one ? 330 : round < 3 ? random.nextInt(1500, 1800) : random.nextInt(1, 60);
        int out = one ? 1 : random.nextInt(1, 130);
        int in = one ? 900 : round == 1 ? 0 : random.nextInt(1, 90);
        Workers workers = one || random.nextBoolean() ? Workers.SERIAL : team;
        compareParameterGradients(cases, workers, rows, out, in, random);
      }
    }
  }

  /** Gradients in whole tiles, which go on in memory: of twelve rows, of six, and of both. */
  @ParameterizedTest
  @ValueSource(ints = {6, 12, 18, 54})
  void parameterGradientsOfWholeTiles(int out, RandomGenerator random) {
    var cases = arithmetic.cases(random);
    try (ThreadTeam team = new ThreadTeam(2)) {
      for (int rows : List.of(random.nextInt(1, 300), random.nextInt(769, 1000), 1700)) {
        int in = Tiles.WIDTH * random.nextInt(1, 9);
        Workers workers = random.nextBoolean() ? Workers.SERIAL : team;
        compareParameterGradients(cases, workers, rows, out, in, random);
      }
    }
  }

  /**
   * Layers so wide that a task packs its part of the longer factor and each thread the other one,
   * with more outputs than inputs and with fewer; shallow and deep.
   */
  @ParameterizedTest
  @ValueSource(ints = {150, 900})
  void parameterGradientsOfWideLayers(int rows, RandomGenerator random) {
    var cases = arithmetic.cases(random);
    try (ThreadTeam team = new ThreadTeam(2)) {
      for (Workers workers : List.of(Workers.SERIAL, team)) {
        int few = random.nextInt(1, 40);
        int many = random.nextInt(1152, 1300);
        compareParameterGradients(cases, workers, rows, many, few, random);
        compareParameterGradients(cases, workers, rows, few, many, random);
      }
    }
  }

  private static void compareParameterGradients(
      BitCases cases, Workers workers, int rows, int out, int in, RandomGenerator random) {
    cases.compare(
        "gradients of a layer from %d to %d, %d rows".formatted(in, out, rows),
        new MemorySegment[] {
          Floats.random(random, Numbers.ORDINARY, (long) out * in),
          Floats.random(random, Numbers.ORDINARY, out),
          Floats.random(random, Numbers.anyKind(random), (long) rows * out),
          Floats.random(random, Numbers.anyKind(random), (long) rows * in)
        },
        (kernels, x) ->
            kernels
                .gemm()
                .addParameterGradients(
                    workers,
                    Matrix.of(x[0], out, in),
                    x[1],
                    Matrix.of(x[2], rows, out),
                    Matrix.of(x[3], rows, in),
                    kernels.reductions()));
  }

  /** More of B than all rows are multiplied by at a time. */
  @Test
  void wideProducts(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    int depth = VectorGemm.MAX_DEPTH;
    int columns = RowsProduct.GROUP_FLOATS / depth + random.nextInt(1, 200);
    try (ThreadTeam team = new ThreadTeam(2)) {
      for (Workers workers : List.of(Workers.SERIAL, team)) {
        Product.random(arithmetic, random, random.nextInt(30, 80), columns, depth)
            .compare(cases, workers);
      }
    }
  }

  @Test
  void emptyProducts(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    for (int[] size : new int[][] {{3, 5, 0}, {0, 5, 3}, {3, 0, 5}, {0, 0, 0}}) {
      for (int round = 0; round < 9; round++) {
        Product.random(arithmetic, random, size[0], size[1], size[2])
            .compare(cases, Workers.SERIAL);
      }
    }
  }

  @Test
  void factorsWithGapsBetweenAllNumbersAreRefused(RandomGenerator random) {
    Matrix wide = rowMajor(random, 8, 8);
    var gaps = new Matrix(wide.memory(), 0, 4, 4, 8, 2);
    Matrix dense = wide.rows(0, 4);
    Matrix c = rowMajor(random, 4, 8);
    for (Matrix[] factors : new Matrix[][] {{gaps, dense}, {dense.transpose(), gaps}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> BitCases.VECTOR.gemm().multiply(Workers.SERIAL, c, c, factors[0], factors[1]))
          .withMessageContaining("stride of 1");
    }
  }

  /** The products of attention: heads side by side in rows of q, k and v. */
  @Test
  void headsOfAttention(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    for (int round = 0; round < 300; round++) {
      int tokens = random.nextInt(1, 40);
      var sizes = new Sizes(2, tokens, random.nextInt(1, 4), random.nextInt(1, 40));
      int unit = random.nextInt(2 * sizes.heads());
      MemorySegment qkv =
          Floats.random(random, Numbers.anyKind(random), 6L * tokens * sizes.width());
      Head head = new Head(Matrix.of(qkv, 2 * tokens, 3 * sizes.width()), sizes, unit);
      Matrix scores = rowMajor(random, tokens, tokens);
      arithmetic.makeSums(scores.memory());
      Product.of(random, Start.RESULT, scores, scores, head.queries(), head.keys().transpose())
          .compare(cases, Workers.SERIAL);
      MemorySegment y = Floats.random(random, Numbers.ORDINARY, qkv.byteSize() / 12);
      Matrix out = head.in(Matrix.of(y, 2 * tokens, sizes.width()));
      Product.of(random, Start.RESULT, out, out, scores, head.values())
          .compare(cases, Workers.SERIAL);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void anyNumberOfThreads(int threads, RandomGenerator random) {
    var cases = arithmetic.cases(random);
    try (ThreadTeam team = new ThreadTeam(threads)) {
      for (int round = 0; round < 100; round++) {
        int m = random.nextInt(1, 300);
        int n = random.nextInt(1, 300);
        Product.random(arithmetic, random, m, n, random.nextInt(1, 30)).compare(cases, team);
      }
      Product.random(arithmetic, random, 70, 200, 1100).compare(cases, team);
    }
  }
}
