package io.github.deit4j.tensor;

import java.lang.foreign.MemorySegment;

/** A piece of the memory of the host or of a device. Owns nothing. */
public sealed interface Region {
  /** Returns the size in bytes. */
  long bytes();

  /** Returns the part of the given size that starts so many bytes after this one's start. */
  Region slice(long offset, long bytes);

  /** Memory that the processor reads and writes. */
  record Host(MemorySegment segment) implements Region {
    @Override
    public long bytes() {
      return segment.byteSize();
    }

    @Override
    public Host slice(long offset, long bytes) {
      return new Host(segment.asSlice(offset, bytes));
    }
  }

  /**
   * Memory that only the device can reach.
   *
   * @param device the device's name, such as {@code cuda:0}
   * @param address where it starts, in the device's own counting
   */
  record Device(String device, long address, long bytes) implements Region {
    @Override
    public Device slice(long offset, long size) {
      if (offset < 0 || size < 0 || size > bytes - offset) {
        throw new IndexOutOfBoundsException(
            "%d bytes from %d do not lie within %d bytes".formatted(size, offset, bytes));
      }
      return new Device(device, address + offset, size);
    }
  }
}
