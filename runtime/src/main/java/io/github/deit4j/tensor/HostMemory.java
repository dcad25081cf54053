package io.github.deit4j.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory of the host, readable from every thread. */
public final class HostMemory implements ChunkSource {
  private final Arena arena = Arena.ofShared();

  /** Creates a source that has allocated nothing yet. */
  public HostMemory() {}

  @Override
  public MemorySegment allocate(long bytes) {
    return arena.allocate(bytes, TensorArena.ALIGNMENT);
  }

  @Override
  public void close() {
    arena.close();
  }
}
