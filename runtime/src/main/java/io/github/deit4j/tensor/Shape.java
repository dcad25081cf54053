package io.github.deit4j.tensor;

import java.util.Arrays;

/** The sizes of a tensor's dimensions, outermost first. A scalar has rank 0. Immutable. */
public final class Shape {
  private final int[] sizes;
  private final long elements;

  private Shape(int[] sizes) {
    long product = 1;
    for (int size : sizes) {
      if (size < 0) {
        throw new ShapeException(
            "a shape needs sizes of 0 or more, found " + Arrays.toString(sizes));
      }
      try {
        product = Math.multiplyExact(product, (long) size);
      } catch (ArithmeticException e) {
        throw new ShapeException(
            "the element count of shape " + Arrays.toString(sizes) + " overflows 64 bits");
      }
    }
    this.sizes = sizes;
    this.elements = product;
  }

  /**
   * Returns the shape with the given sizes, outermost first.
   *
   * @throws ShapeException if a size is negative or the element count overflows 64 bits
   */
  public static Shape of(int... sizes) {
    return new Shape(sizes.clone());
  }

  /** Returns the number of dimensions. */
  public int rank() {
    return sizes.length;
  }

  /** Returns the size of dimension {@code axis}; a negative axis counts from the last one. */
  public int size(int axis) {
    return sizes[axis < 0 ? sizes.length + axis : axis];
  }

  /** Returns the number of elements, the product of all sizes; 1 for a scalar. */
  public long elements() {
    return elements;
  }

  /** Returns the number of rows when all but the last dimension are taken together. */
  public int rows() {
    return elements == 0 ? 0 : Math.toIntExact(elements / size(-1));
  }

  /** Returns a copy of the sizes, outermost first. */
  public int[] sizes() {
    return sizes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape that && Arrays.equals(sizes, that.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  /** Returns the sizes as in {@code [2, 197, 192]}. */
  @Override
  public String toString() {
    return Arrays.toString(sizes);
  }
}
