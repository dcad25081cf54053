package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Bf16.RoundedGemm;
import io.github.deit4j.cpu.gemm.Gemm.FeedForward;
import io.github.deit4j.cpu.kernel.BitCases;
import io.github.deit4j.cpu.kernel.BitCases.Arithmetic;
import io.github.deit4j.cpu.kernel.Floats;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.cpu.kernel.Numbers;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both layers at once against the scalar kernels one layer after the other. */
@ParameterizedClass
@EnumSource(Arithmetic.class)
@ExtendWith(Seed.class)
class FeedForwardBitTest {
  private final Arithmetic arithmetic;

  FeedForwardBitTest(Arithmetic arithmetic) {
    this.arithmetic = arithmetic;
  }

  /** The sizes of two layers. */
  private record Sizes(int rows, int in, int hidden, int out) {
    static Sizes random(RandomGenerator random) {
      return new Sizes(
          random.nextInt(1, 250), random.nextInt(90), random.nextInt(150), random.nextInt(1, 150));
    }

    void compare(BitCases cases, Workers workers, RandomGenerator random) {
      MemorySegment[] memory = {
        floats(random, rows * out),
        floats(random, rows * in),
        floats(random, hidden * in),
        floats(random, hidden),
        floats(random, out * hidden),
        floats(random, out),
        floats(random, rows * out)
      };
      cases.compare(toString(), memory, (kernels, x) -> run(kernels, x, workers));
    }

    private static MemorySegment floats(RandomGenerator random, int size) {
      return Floats.random(random, Numbers.ORDINARY, size);
    }

    private void run(Kernels kernels, MemorySegment[] x, Workers workers) {
      Gemm gemm = kernels.gemm();
      Matrix y = Matrix.of(x[0], rows, out);
      Matrix input = Matrix.of(x[1], rows, in);
      Matrix first = Matrix.of(x[2], hidden, in).transpose();
      Matrix firstBias = Matrix.repeatedRow(x[3], rows, hidden);
      Matrix second = Matrix.of(x[4], out, hidden).transpose();
      Matrix secondBias = Matrix.repeatedRow(x[5], rows, out);
      Epilogue.Op gelu =
          (block, at, none, row, column, count, columns, stride) ->
              kernels.gelu().forward(block, at, count, columns, stride);
      Epilogue residual = new Epilogue(null, Matrix.of(x[6], rows, out), Sizes::addTimesPlace);
      if (gemm instanceof ScalarGemm || gemm instanceof RoundedGemm(ScalarGemm inner)) {
        MemorySegment between = Arena.ofAuto().allocate(JAVA_FLOAT, (long) rows * hidden);
        Matrix middle = Matrix.of(between, rows, hidden);
        gemm.multiply(workers, middle, firstBias, input, first, new Epilogue(null, null, gelu));
        gemm.multiply(workers, y, secondBias, middle, second, residual);
        return;
      }
      FeedForward layers =
          new FeedForward(
              gemm.pack(workers, first), firstBias, gelu, gemm.pack(workers, second), secondBias);
      gemm.feedForward(workers, y, input, layers, residual);
    }

    private static void addTimesPlace(
        float[] block,
        int at,
        float[] other,
        int row,
        int column,
        int rows,
        int columns,
        int stride) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          int place = at + i * stride + j;
          block[place] = Math.fma(other[place], (row + i) - 3 * (column + j), block[place]);
        }
      }
    }
  }

  @Test
  void anySizes(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    try (ThreadTeam team = new ThreadTeam(3)) {
      for (int round = 0; round < 40; round++) {
        Sizes.random(random).compare(cases, round % 2 == 0 ? team : Workers.SERIAL, random);
      }
    }
  }

  /** One pass over k or several; the first of them as deep as it can be, or the last one short. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        VectorGemm.MAX_DEPTH - 1,
        VectorGemm.MAX_DEPTH,
        VectorGemm.MAX_DEPTH + 1,
        VectorGemm.MAX_DEPTH + 100,
        2 * VectorGemm.MAX_DEPTH,
        2 * VectorGemm.MAX_DEPTH + 1,
        2 * VectorGemm.MAX_DEPTH + 100
      })
  void wideHiddenLayers(int hidden, RandomGenerator random) {
    var cases = arithmetic.cases(random);
    new Sizes(random.nextInt(1, 130), 20, hidden, 70).compare(cases, Workers.SERIAL, random);
  }

  @Test
  void wideInput(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    new Sizes(20, VectorGemm.MAX_DEPTH + 100, 100, 70).compare(cases, Workers.SERIAL, random);
  }

  @Test
  void plain(RandomGenerator random) {
    var cases = arithmetic.plain(random);
    for (int round = 0; round < 10; round++) {
      Sizes.random(random).compare(cases, Workers.SERIAL, random);
    }
  }

  /** So many weights that the blocks of rows are larger. */
  @Test
  void manyWeights(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    new Sizes(130, 600, 1100, 400).compare(cases, Workers.SERIAL, random);
  }

  /** So many rows that the last blocks get smaller and smaller. */
  @Test
  void manyRows(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    try (ThreadTeam team = new ThreadTeam(2)) {
      for (int round = 0; round < 5; round++) {
        new Sizes(random.nextInt(300, 1000), 20, 70, 30).compare(cases, team, random);
      }
    }
  }

  @Test
  void nothingBetweenOrNoRows(RandomGenerator random) {
    var cases = arithmetic.cases(random);
    new Sizes(5, 20, 0, 7).compare(cases, Workers.SERIAL, random);
    new Sizes(0, 20, 30, 7).compare(cases, Workers.SERIAL, random);
  }
}
