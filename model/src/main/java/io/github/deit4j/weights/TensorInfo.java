package io.github.deit4j.weights;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Where a stored tensor lies in its file.
 *
 * @param offset first byte, counted from the start of the file's data section
 * @param bytes length in bytes
 */
public record TensorInfo(String name, DType dtype, Shape shape, long offset, long bytes) {
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8; // of most JVMs

  /** Returns whether the elements can be read as floats; all others can as longs. */
  boolean isFloatingPoint() {
    return switch (dtype) {
      case F32, F64, F16, BF16 -> true;
      case I64, I32, I16, I8, U8, BOOL -> false;
    };
  }

  /** Returns the number of elements, if a Java array can hold them. */
  int arrayLength(Path file) throws FormatException {
    if (shape.elements() > LONGEST_ARRAY) {
      throw new FormatException(
          file, "tensor \"" + name + "\" to fit a Java array", "shape " + shape);
    }
    return (int) shape.elements();
  }

  /** Returns memory on the heap for the tensor's bytes, if a Java array can hold its elements. */
  MemorySegment allocate(Path file) throws FormatException {
    arrayLength(file);
    var longs = new long[(int) Math.ceilDiv(bytes, Long.BYTES)];
    return MemorySegment.ofArray(longs).asSlice(0, bytes);
  }
}
