package io.github.deit4j.weights;

import io.github.deit4j.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * A view of a storage, in elements.
 *
 * @param offset of the first element
 * @param strides distance of neighbours in each dimension, 0 or more
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
record TorchTensor(TorchStorage storage, long offset, Shape shape, long[] strides) {

  /**
   * Returns what is wrong with the view, or null: it must lie within its storage and be no larger,
   * so that no small file asks for much memory.
   */
  String flaw() {
    long last = offset;
    try {
      for (int i = 0; i < strides.length; i++) {
        if (strides[i] < 0) {
          return "stride " + strides[i];
        }
        last = Math.addExact(last, Math.multiplyExact(shape.size(i) - 1L, strides[i]));
      }
    } catch (ArithmeticException e) {
      return "strides beyond 64 bits";
    }
    if (offset < 0 || shape.elements() > storage.elements()) {
      return "%d elements from element %d of %d"
          .formatted(shape.elements(), offset, storage.elements());
    }
    boolean inside = shape.elements() == 0 || last < storage.elements();
    return inside ? null : "element %d of %d".formatted(last, storage.elements());
  }

  /** Returns the tensor's bytes, row-major; of a contiguous one, the storage itself. */
  MemorySegment bytes(MemorySegment storageBytes) {
    int width = storage.dtype().bytes();
    if (isContiguous()) {
      return storageBytes.asSlice(offset * width, shape.elements() * width);
    }
    var out = MemorySegment.ofArray(new byte[Math.toIntExact(shape.elements() * width)]);
    gather(storageBytes, out, new int[] {0}, 0, offset);
    return out;
  }

  private boolean isContiguous() {
    long expected = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      if (shape.size(i) != 1 && strides[i] != expected) {
        return shape.elements() == 0;
      }
      expected *= shape.size(i);
    }
    return true;
  }

  /** Copies everything below one dimension; {@code written} counts elements. */
  private void gather(
      MemorySegment from, MemorySegment to, int[] written, int dimension, long element) {
    int width = storage.dtype().bytes();
    if (dimension == strides.length) {
      MemorySegment.copy(from, element * width, to, (long) written[0]++ * width, width);
      return;
    }
    for (int i = 0; i < shape.size(dimension); i++) {
      gather(from, to, written, dimension + 1, element + i * strides[dimension]);
    }
  }
}
