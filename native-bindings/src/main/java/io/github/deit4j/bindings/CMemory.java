package io.github.deit4j.bindings;

import java.lang.foreign.MemorySegment;

/** Memory that a library has allocated. */
public final class CMemory {
  private CMemory() {}

  /**
   * Returns access to memory that a library has allocated, without a copy. Of no use any more once
   * the library has freed it: nothing guards against that.
   *
   * @param pointer its start, which the library vouches for
   * @param bytes its size
   */
  public static MemorySegment at(MemorySegment pointer, long bytes) {
    return pointer.reinterpret(bytes);
  }
}
