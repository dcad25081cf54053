package io.github.deit4j.weights;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * A view of a storage, in elements.
 *
 * @param offset of the first element
 * @param strides distance of neighbours in each dimension, 0 or more
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
record TorchTensor(Storage storage, long offset, Shape shape, long[] strides) {

  /**
   * A run of elements that tensors of a PyTorch file lie in.
   *
   * @param key its name in the file
   * @param elements how many elements it has
   */
  record Storage(DType dtype, String key, long elements) {
    long bytes() {
      return elements * dtype.bytes();
    }
  }

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

  /** Returns whether the elements lie in the storage as they do in a tensor of ours. */
  boolean isContiguous() {
    long expected = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      if (shape.size(i) != 1 && strides[i] != expected) {
        return shape.elements() == 0;
      }
      expected *= shape.size(i);
    }
    return true;
  }

  /** Copies the elements, row-major. */
  void gather(MemorySegment storageBytes, MemorySegment to) {
    gather(storageBytes, to, 0, 0, offset);
  }

  /** Copies everything below one dimension; returns how many elements are written by then. */
  private long gather(
      MemorySegment from, MemorySegment to, long written, int dimension, long element) {
    int width = storage.dtype().bytes();
    if (dimension == strides.length) {
      MemorySegment.copy(from, element * width, to, written * width, width);
      return written + 1;
    }
    long count = written;
    for (int i = 0; i < shape.size(dimension); i++) {
      count = gather(from, to, count, dimension + 1, element + i * strides[dimension]);
    }
    return count;
  }
}
