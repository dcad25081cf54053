package io.github.deit4j.tensor;

import java.lang.foreign.MemorySegment;

/** Where an arena's memory comes from: the host's or a device's. */
public interface ChunkSource extends AutoCloseable {
  /**
   * Returns a new region, aligned to 64 bytes, that lives until this source is closed.
   *
   * @param bytes the region's size
   * @throws OutOfMemoryError if the machine has not that much
   */
  MemorySegment allocate(long bytes);

  /** Frees every region. */
  @Override
  void close();
}
