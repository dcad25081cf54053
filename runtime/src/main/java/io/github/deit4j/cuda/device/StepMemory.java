package io.github.deit4j.cuda.device;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The numbers that the host gives to one step, and that the step gives to the host. They lie in one
 * place on the device, in the order in which they were asked for: so the same step finds its
 * numbers where the last one had them, and all of the host's go there by one copy.
 */
final class StepMemory implements Closing.Closeable {
  private final TensorArena arena;
  private final long address;
  private final MemorySegment staging;
  private long used;

  /**
   * Allocates it.
   *
   * @param bytes how much a step may have
   */
  StepMemory(CudaContext context, int bytes) {
    arena = context.arena("numbers of a step", bytes);
    try {
      address = arena.allocate(DType.U8, Shape.of(bytes)).address(context.device());
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
    staging = Arena.ofAuto().allocate(bytes, ValueLayout.JAVA_LONG.byteSize());
    clear();
  }

  /** Forgets the numbers of the step before. */
  void clear() {
    arena.reset();
    used = 0;
  }

  /** Returns whether there is room for a tensor. */
  boolean hasRoom(long bytes) {
    return bytes <= staging.byteSize() - used;
  }

  /** Returns memory of the device that {@link #hasRoom}. */
  Tensor allocate(String device, DType dtype, Shape shape) {
    Tensor tensor = arena.allocate(dtype, shape);
    long end = tensor.address(device) - address + shape.elements() * dtype.bytes();
    used = Math.ceilDiv(end, TensorArena.ALIGNMENT) * TensorArena.ALIGNMENT;
    return tensor;
  }

  /** Keeps numbers for a tensor of this memory until {@link #upload}. */
  void put(Tensor to, String device, List<MemorySegment> numbers) {
    long at = to.address(device) - address;
    for (MemorySegment piece : numbers) {
      MemorySegment.copy(piece, 0, staging, at, piece.byteSize());
      at += piece.byteSize();
    }
  }

  /** Copies the step's numbers to the device. */
  void upload(Transfers transfers) {
    if (used > 0) {
      transfers.write(address, staging.asSlice(0, Math.min(used, staging.byteSize())));
    }
  }

  long bytes() {
    return staging.byteSize();
  }

  @Override
  public void close() {
    arena.close();
  }
}
