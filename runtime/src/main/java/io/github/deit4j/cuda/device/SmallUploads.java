package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import java.lang.foreign.MemorySegment;

/**
 * Small copies to the device in the order of the work: through pinned memory in a ring of parts,
 * each filled again once the device has read all of it.
 */
final class SmallUploads implements Closing.Closeable {
  private static final int PARTS = 4;
  private static final long ALIGNMENT = 64;

  private final CudaContext context;
  private final long partBytes;
  private final Closing closing = new Closing();
  private final MemorySegment ring;
  private final CudaEvent[] read = new CudaEvent[PARTS];
  private int part;
  private long offset;

  /** Allocates the ring; a copy may have {@code largest} bytes. */
  SmallUploads(CudaContext context, long largest) {
    this.context = context;
    this.partBytes = 4 * largest;
    try {
      ring = closing.add(context.pinned(PARTS * partBytes)).segment();
      for (int i = 0; i < PARTS; i++) {
        read[i] = closing.add(new CudaEvent());
      }
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
  }

  void write(long address, MemorySegment from) {
    long bytes = from.byteSize();
    if (bytes == 0) {
      return;
    }
    if (bytes > partBytes - offset) {
      read[part].record(context.stream());
      part = (part + 1) % PARTS;
      offset = 0;
      read[part].synchronize();
    }
    MemorySegment pinned = ring.asSlice(part * partBytes + offset, bytes).copyFrom(from);
    offset += Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    Driver.check(
        "cuMemcpyHtoDAsync of %,d bytes".formatted(bytes),
        Cuda.cuMemcpyHtoDAsync_v2(address, pinned, bytes, context.stream().handle()));
  }

  @Override
  public void close() {
    closing.close();
  }
}
