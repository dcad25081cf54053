package io.github.deit4j.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A row-major, contiguous array of numbers in an arena's memory.
 *
 * <p>A tensor is a light view: it owns nothing and is valid until its arena is reset or closed.
 * {@link #segment()} checks that once per kernel, so a late use ends in an exception, never in a
 * crash.
 */
public final class Tensor {
  private final TensorArena arena;
  private final long epoch;
  private final Shape shape;
  private final DType dtype;
  private final Region memory;

  Tensor(TensorArena arena, long epoch, Shape shape, DType dtype, Region memory) {
    this.arena = arena;
    this.epoch = epoch;
    this.shape = shape;
    this.dtype = dtype;
    this.memory = memory;
  }

  /** Returns the sizes of the dimensions. */
  public Shape shape() {
    return shape;
  }

  /** Returns the element type. */
  public DType dtype() {
    return dtype;
  }

  /** Returns the arena that owns the memory. */
  public TensorArena arena() {
    return arena;
  }

  /** Returns the number of elements. */
  public long elements() {
    return shape.elements();
  }

  /** Returns whether the memory is the host's, so that {@link #segment} gives it. */
  public boolean isOnHost() {
    return memory instanceof Region.Host;
  }

  /**
   * Returns the memory, {@code elements × dtype.bytes()} bytes in native byte order.
   *
   * @throws IllegalStateException if the arena was reset or closed since this tensor was made, or
   *     if the memory is a device's
   */
  public MemorySegment segment() {
    arena.check(epoch, this);
    return switch (memory) {
      case Region.Host(MemorySegment segment) -> segment;
      case Region.Device(String device, _, _) ->
          throw new IllegalStateException(
              "%s lies on %s, out of the processor's reach: copy it with Backend.read or write"
                  .formatted(this, device));
    };
  }

  /**
   * Returns the address of the memory on a device.
   *
   * @param device the device that will use it, such as {@code cuda:0}
   * @throws IllegalStateException if the arena was reset or closed since this tensor was made
   * @throws ShapeException if the memory is the host's or another device's
   */
  public long address(String device) {
    arena.check(epoch, this);
    if (memory instanceof Region.Device(String owner, long address, _) && owner.equals(device)) {
      return address;
    }
    throw new ShapeException(
        "%s lies %s, expected on %s: allocate it in an arena of that backend"
            .formatted(
                this,
                memory instanceof Region.Device other ? "on " + other.device() : "on the host",
                device));
  }

  /**
   * Returns the same memory under another shape.
   *
   * @throws ShapeException if the element counts differ
   */
  public Tensor reshape(int... sizes) {
    Shape other = Shape.of(sizes);
    if (other.elements() != shape.elements()) {
      throw new ShapeException(
          "reshape: %s has %d elements, %s needs %d"
              .formatted(shape, shape.elements(), other, other.elements()));
    }
    return new Tensor(arena, epoch, other, dtype, memory);
  }

  /**
   * Returns the part from {@code from} up to but without {@code to} along the first dimension,
   * sharing the memory.
   *
   * @throws ShapeException if the range does not lie within the first dimension
   */
  public Tensor slice(int from, int to) {
    if (shape.rank() == 0 || from < 0 || to < from || to > shape.size(0)) {
      throw new ShapeException("slice: [" + from + ", " + to + ") does not lie within " + shape);
    }
    int[] sizes = shape.sizes();
    long stride = shape.elements() / Math.max(1, sizes[0]) * dtype.bytes();
    sizes[0] = to - from;
    Region part = memory.slice(from * stride, (to - from) * stride);
    return new Tensor(arena, epoch, Shape.of(sizes), dtype, part);
  }

  /** Returns the shape, element type and arena, without the values. */
  @Override
  public String toString() {
    return dtype + " " + shape + " in arena '" + arena.name() + "'";
  }
}
