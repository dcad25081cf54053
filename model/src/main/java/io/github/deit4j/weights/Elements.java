package io.github.deit4j.weights;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.github.deit4j.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Little-endian numbers at any alignment, as files store them, and their conversion to Java's. */
final class Elements {
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat NATIVE_FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private Elements() {}

  /** Converts to 32-bit floats in native byte order. */
  static void toFloats(DType dtype, MemorySegment from, MemorySegment to) {
    long elements = from.byteSize() / dtype.bytes();
    if (dtype == DType.F32) {
      MemorySegment.copy(from, FLOAT, 0, to, NATIVE_FLOAT, 0, elements);
      return;
    }
    for (long i = 0; i < elements; i++) {
      to.set(NATIVE_FLOAT, i * Float.BYTES, floatAt(dtype, from, i * dtype.bytes()));
    }
  }

  private static float floatAt(DType dtype, MemorySegment from, long at) {
    return switch (dtype) {
      case F64 -> (float) from.get(DOUBLE, at);
      case F16 -> Float.float16ToFloat(from.get(SHORT, at));
      case BF16 -> Float.intBitsToFloat(from.get(SHORT, at) << 16);
      default -> throw new IllegalArgumentException("no small floating-point type: " + dtype);
    };
  }

  /** Converts to longs; true becomes 1. */
  static void toLongs(DType dtype, MemorySegment from, long[] to) {
    for (int i = 0; i < to.length; i++) {
      long at = (long) i * dtype.bytes();
      to[i] =
          switch (dtype) {
            case I64 -> from.get(LONG, at);
            case I32 -> from.get(INT, at);
            case I16 -> from.get(SHORT, at);
            case I8 -> from.get(BYTE, at);
            case U8 -> Byte.toUnsignedInt(from.get(BYTE, at));
            case BOOL -> from.get(BYTE, at) == 0 ? 0 : 1;
            default -> throw new IllegalArgumentException("no integer type: " + dtype);
          };
    }
  }
}
