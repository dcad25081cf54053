package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.emit.Processor;
import io.github.deit4j.cpu.gemm.Bf16.RoundedGemm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Looks once whether machine code computes products of BF16 on this machine, and believes it only
 * after a product of numbers at the bounds that has the bits of the specification.
 */
final class Bf16Probe {
  private static final int SIZE = 40;
  private static final int DEPTH = 33;

  private static final String MISSING = look();

  private Bf16Probe() {}

  /** Returns why not; empty if it does. */
  static Optional<String> missing() {
    return Optional.ofNullable(MISSING);
  }

  private static String look() {
    if (Tiles.WIDTH != 32) {
      return "vectors have " + 16 * Tiles.WIDTH + " bits, not 512";
    }
    Optional<String> reason = Processor.withoutBf16();
    if (reason.isPresent()) {
      return reason.get();
    }
    try {
      return hasBitsOfTheSpecification()
          ? null
          : "a product of this processor has other bits than specified; please report it";
    } catch (UnsupportedOperationException | ExceptionInInitializerError e) {
      return "memory for machine code cannot be had";
    }
  }

  private static boolean hasBitsOfTheSpecification() {
    try (Arena arena = Arena.ofShared()) {
      SplittableRandom random = new SplittableRandom(1);
      Matrix a = factor(arena, random, SIZE, DEPTH);
      Matrix b = factor(arena, random, DEPTH, SIZE);
      MemorySegment expected = arena.allocate(ValueLayout.JAVA_FLOAT, SIZE * SIZE);
      MemorySegment actual = arena.allocate(ValueLayout.JAVA_FLOAT, SIZE * SIZE);
      multiply(new RoundedGemm(new ScalarGemm()), expected, a, b);
      multiply(new VectorGemm(Factors.PAIRS), actual, a, b);
      return expected.mismatch(actual) == -1;
    }
  }

  private static Matrix factor(Arena arena, SplittableRandom random, int rows, int columns) {
    MemorySegment numbers = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * columns);
    for (int i = 0; i < rows * columns; i++) {
      float scale = Math.scalb(1f, random.nextInt(-70, 20));
      numbers.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian() * scale);
    }
    return Matrix.of(numbers, rows, columns);
  }

  private static void multiply(Gemm gemm, MemorySegment c, Matrix a, Matrix b) {
    gemm.multiply(Workers.SERIAL, Matrix.of(c, SIZE, SIZE), Matrix.zeros(SIZE, SIZE), a, b);
  }
}
