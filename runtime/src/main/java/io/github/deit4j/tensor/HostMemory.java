package io.github.deit4j.tensor;

import io.github.deit4j.bindings.AnonymousMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Native memory of the host, readable from every thread, zero at first.
 *
 * <p>Large regions are mapped in huge pages, where the system has them and native access is granted
 * to {@code io.github.deit4j.bindings}; no page of theirs is touched before its first use.
 */
public final class HostMemory implements TensorArena.ChunkSource {
  /** The size in bytes from which a region is worth huge pages, of 2 MiB each. */
  private static final long LARGE = 4L << 20;

  private final Arena arena = Arena.ofShared();

  /** Creates a source that has allocated nothing yet. */
  public HostMemory() {}

  @Override
  public Region.Host allocate(long bytes) {
    Optional<MemorySegment> mapping =
        bytes < LARGE ? Optional.empty() : AnonymousMemory.map(bytes, arena);
    return new Region.Host(mapping.orElseGet(() -> allocateZeroed(bytes)));
  }

  private MemorySegment allocateZeroed(long bytes) {
    try {
      return arena.allocate(bytes, TensorArena.ALIGNMENT);
    } catch (OutOfMemoryError refused) {
      String message =
          "host memory: %,d bytes requested and refused (%s); use a smaller batch or free memory"
              .formatted(bytes, refused.getMessage());
      throw (OutOfMemoryError) new OutOfMemoryError(message).initCause(refused);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
