package io.github.deit4j.weights;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.github.deit4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Conversion of stored little-endian elements, at any alignment, to Java's numbers. */
final class Elements {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfFloat NATIVE_FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private Elements() {}

  /**
   * Returns whether {@link #toFloats} takes the element type; {@link #toLongs} takes the others.
   */
  static boolean isFloatingPoint(DType dtype) {
    return switch (dtype) {
      case F32, F64, F16, BF16 -> true;
      case I64, I32, I16, I8, U8, BOOL -> false;
    };
  }

  /** Returns whether stored elements are 32-bit floats in native byte order. */
  static boolean areNativeFloats(DType dtype) {
    return dtype == DType.F32 && ByteOrder.nativeOrder() == LITTLE_ENDIAN;
  }

  /** Converts to 32-bit floats in native byte order. */
  static void toFloats(DType dtype, MemorySegment from, MemorySegment to) {
    long elements = from.byteSize() / dtype.bytes();
    if (dtype == DType.F32) {
      MemorySegment.copy(from, FLOAT, 0, to, NATIVE_FLOAT, 0, elements);
      return;
    }
    for (long i = 0; i < elements; i++) {
      to.set(NATIVE_FLOAT, i * Float.BYTES, floatAt(dtype, from, i));
    }
  }

  private static float floatAt(DType dtype, MemorySegment from, long i) {
    return switch (dtype) {
      case F64 -> (float) from.get(DOUBLE, i * Double.BYTES);
      case F16 -> Float.float16ToFloat(from.get(SHORT, i * Short.BYTES));
      case BF16 -> Float.intBitsToFloat(from.get(SHORT, i * Short.BYTES) << 16);
      default -> throw new IllegalArgumentException("no small floating-point type: " + dtype);
    };
  }

  /** Converts to longs; true becomes 1. */
  static void toLongs(DType dtype, MemorySegment from, long[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] = longAt(dtype, from, i);
    }
  }

  private static long longAt(DType dtype, MemorySegment from, long i) {
    return switch (dtype) {
      case I64 -> from.get(LONG, i * Long.BYTES);
      case I32 -> from.get(INT, i * Integer.BYTES);
      case I16 -> from.get(SHORT, i * Short.BYTES);
      case I8 -> from.get(BYTE, i);
      case U8 -> Byte.toUnsignedInt(from.get(BYTE, i));
      case BOOL -> from.get(BYTE, i) == 0 ? 0 : 1;
      default -> throw new IllegalArgumentException("no integer type: " + dtype);
    };
  }
}
