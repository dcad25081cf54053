package io.github.deit4j.tensor;

/** Where an arena's memory comes from: the host's or a device's. */
public interface ChunkSource extends AutoCloseable {
  /**
   * Returns a new region, aligned to 64 bytes, that lives until this source is closed.
   *
   * @param bytes the region's size
   * @throws OutOfMemoryError if the host has not that much; a device's source throws its own
   *     exception
   */
  Region allocate(long bytes);

  /** Frees every region. */
  @Override
  void close();
}
