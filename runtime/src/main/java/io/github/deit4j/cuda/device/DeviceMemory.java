package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.tensor.ChunkSource;
import io.github.deit4j.tensor.Region;
import java.lang.foreign.MemorySegment;

/**
 * The memory of one arena on a device. Keeps the device's context alive, so that it can be closed
 * after the backend.
 */
public final class DeviceMemory implements ChunkSource, Closing.Closeable {
  private final String name;
  private final DeviceInfo device;
  private final ArenaTable table;
  private final PrimaryContext context;
  private final Closing chunks = new Closing();
  private long bytes;

  /**
   * Allocates nothing yet.
   *
   * @param name what it is for
   * @param table the memory that is in use on the device, for messages
   */
  DeviceMemory(String name, DeviceInfo device, ArenaTable table) {
    this.name = name;
    this.device = device;
    this.table = table;
    this.context = new PrimaryContext(device);
    table.add(this);
    chunks.add(context);
    chunks.undo(() -> table.remove(this));
  }

  String name() {
    return name;
  }

  long bytes() {
    return bytes;
  }

  /**
   * Allocates a chunk.
   *
   * @throws DeviceException.OutOfMemory if the device has not that much left
   */
  @Override
  public Region.Device allocate(long size) {
    context.makeCurrent();
    MemorySegment pointer = Driver.pointer();
    // The driver allocates no empty chunk.
    int code = Cuda.cuMemAlloc_v2(pointer, Math.max(1, size));
    if (code == Cuda.CUDA_ERROR_OUT_OF_MEMORY()) {
      throw table.outOfMemory(device, "arena '" + name + "'", size);
    }
    Driver.check("%s: cuMemAlloc of %,d bytes".formatted(device.key(), size), code);
    long address = Driver.getLong(pointer);
    chunks.undo(() -> free(address, size));
    bytes += size;
    return new Region.Device(device.key(), address, size);
  }

  private void free(long address, long size) {
    bytes -= size;
    Driver.check(
        "%s: cuMemFree of %,d bytes".formatted(device.key(), size), Cuda.cuMemFree_v2(address));
  }

  /** Waits until the device no longer uses it, and frees it. */
  @Override
  public void close() {
    chunks.undo(context::makeCurrent);
    chunks.close();
  }
}
