package io.github.deit4j.weights;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
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

  /** Returns the number of elements, if a Java array can hold them. */
  int arrayLength(Path file) throws FormatException {
    if (shape.elements() > LONGEST_ARRAY) {
      throw new FormatException(
          file, "tensor \"" + name + "\" to fit a Java array", "shape " + shape);
    }
    return (int) shape.elements();
  }

  /** Checks that the tensor's elements, as floats, fill the memory exactly. */
  void requireFloats(Path file, MemorySegment destination) throws FormatException {
    long bytesAsFloats = shape.elements() * Float.BYTES;
    if (destination.byteSize() != bytesAsFloats) {
      throw new ShapeException(
          "copy of tensor \"%s\" %s of %s: expected %d bytes of memory, found %d"
              .formatted(name, shape, file, bytesAsFloats, destination.byteSize()));
    }
    if (!Elements.isFloatingPoint(dtype)) {
      throw wrongDType(file, "a floating-point tensor");
    }
  }

  /** Returns the number of elements, which must be integers, if a Java array can hold them. */
  int requireIntegers(Path file) throws FormatException {
    if (Elements.isFloatingPoint(dtype)) {
      throw wrongDType(file, "an integer tensor");
    }
    return arrayLength(file);
  }

  FormatException wrongDType(Path file, String expected) {
    return new FormatException(file, expected + " \"" + name + "\"", dtype + " elements");
  }
}
