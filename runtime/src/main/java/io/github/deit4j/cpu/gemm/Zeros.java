package io.github.deit4j.cpu.gemm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A row of zeros from which matrix products start that add to nothing. Never written. */
final class Zeros {
  private static final int LEAST = 4096;
  private static volatile MemorySegment row = allocate(LEAST);

  private Zeros() {}

  static MemorySegment atLeast(int floats) {
    MemorySegment zeros = row;
    if (zeros.byteSize() < 4L * floats) {
      zeros = allocate(floats);
      row = zeros;
    }
    return zeros;
  }

  private static MemorySegment allocate(int floats) {
    return Arena.ofAuto().allocate(4L * floats, 64).asReadOnly();
  }
}
