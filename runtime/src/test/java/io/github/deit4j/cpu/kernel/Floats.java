package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;

/** Native float32 memory for tests. */
public final class Floats {
  private static final int MOST_MISALIGNED = 16;

  private Floats() {}

  /** Returns memory that starts at any multiple of four bytes. */
  static MemorySegment allocate(RandomGenerator random, long floats) {
    long skipped = 4L * random.nextInt(MOST_MISALIGNED);
    return Arena.ofAuto().allocate(skipped + 4 * floats, 64).asSlice(skipped);
  }

  public static MemorySegment random(RandomGenerator random, Numbers kind, long floats) {
    MemorySegment memory = allocate(random, floats);
    for (long i = 0; i < floats; i++) {
      memory.setAtIndex(JAVA_FLOAT, i, kind.next(random));
    }
    return memory;
  }

  /** Returns operands of the given sizes, each with its own kind of numbers. */
  public static MemorySegment[] randoms(RandomGenerator random, long... sizes) {
    MemorySegment[] operands = new MemorySegment[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      operands[i] = random(random, Numbers.anyKind(random), sizes[i]);
    }
    return operands;
  }

  static MemorySegment copy(RandomGenerator random, MemorySegment from) {
    return allocate(random, count(from)).copyFrom(from);
  }

  static MemorySegment[] copies(RandomGenerator random, MemorySegment[] from) {
    MemorySegment[] copies = new MemorySegment[from.length];
    for (int i = 0; i < from.length; i++) {
      copies[i] = copy(random, from[i]);
    }
    return copies;
  }

  /** Returns the numbers from {@code from} up to but without {@code to}. */
  static float[] toArray(MemorySegment memory, long from, long to) {
    return memory.asSlice(4 * from, 4 * (to - from)).toArray(JAVA_FLOAT);
  }

  /** Writes numbers from element {@code from} on. */
  static void copyTo(MemorySegment memory, long from, float[] values) {
    MemorySegment.copy(values, 0, memory, JAVA_FLOAT, 4 * from, values.length);
  }

  static long count(MemorySegment memory) {
    return memory.byteSize() / 4;
  }

  /** Returns the bits of one number, the same for every NaN. */
  static int bits(MemorySegment memory, long index) {
    return Float.floatToIntBits(memory.getAtIndex(JAVA_FLOAT, index));
  }

  /** Requires the same bits from {@code from} up to but without {@code to}. */
  static void assertSameBits(
      String what, MemorySegment actual, MemorySegment expected, long from, long to) {
    for (long i = from; i < to; i++) {
      if (bits(actual, i) != bits(expected, i)) {
        fail(
            "%s: element %d is %a, expected %a",
            what, i, actual.getAtIndex(JAVA_FLOAT, i), expected.getAtIndex(JAVA_FLOAT, i));
      }
    }
  }
}
