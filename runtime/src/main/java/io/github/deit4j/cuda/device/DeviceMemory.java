package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.tensor.Region;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The memory of one arena on a device. Keeps the device's context alive, so that it can be closed
 * after the backend.
 */
final class DeviceMemory implements TensorArena.ChunkSource, Closing.Closeable {
  private final String name;
  private final DeviceInfo device;
  private final Collection<DeviceMemory> all;
  private final Consumer<Region.Device> freed;
  private final boolean separate = separate();
  private final CudaContext.Primary context;
  private final Closing closing = new Closing();
  private final Closing chunks = new Closing();
  private long bytes;

  /**
   * Allocates nothing yet.
   *
   * @param name what it is for
   * @param all who has memory on the device, this among them from now on
   * @param freed is told of each chunk before it is freed
   */
  DeviceMemory(
      String name, DeviceInfo device, Collection<DeviceMemory> all, Consumer<Region.Device> freed) {
    this.name = name;
    this.device = device;
    this.all = all;
    this.freed = freed;
    this.context = new CudaContext.Primary(device);
    all.add(this);
    closing.add(context);
    closing.undo(() -> all.remove(this));
    closing.undo(this::clear);
  }

  /** Returns whether each tensor is to be an allocation of its own, for compute-sanitizer. */
  static boolean separate() {
    return Boolean.getBoolean("deit4j.cuda.separate");
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
      throw outOfMemory(size);
    }
    Driver.check("%s: cuMemAlloc of %,d bytes".formatted(device.key(), size), code);
    var chunk = new Region.Device(device.key(), Driver.getLong(pointer), size);
    chunks.undo(() -> free(chunk));
    chunks.undo(() -> freed.accept(chunk));
    bytes += size;
    return chunk;
  }

  /** {@inheritDoc} By the system property {@code deit4j.cuda.separate}, for compute-sanitizer. */
  @Override
  public boolean isSeparate() {
    return separate;
  }

  /** Waits until the device no longer uses them, and frees all chunks. */
  @Override
  public void clear() {
    chunks.undo(context::makeCurrent);
    chunks.close();
  }

  /** Returns the failure of an allocation, with what is free and who has the rest. */
  private DeviceException outOfMemory(long requested) {
    MemorySegment freeBytes = Driver.pointer();
    MemorySegment allBytes = Driver.pointer();
    Driver.check("cuMemGetInfo", Cuda.cuMemGetInfo_v2(freeBytes, allBytes));
    long free = Driver.getLong(freeBytes);
    Map<String, Long> owners =
        all.stream()
            .collect(
                Collectors.groupingBy(
                    each -> each.name, TreeMap::new, Collectors.summingLong(each -> each.bytes)));
    return new DeviceException.OutOfMemory(
        ("%s: arena '%s' asked for %,d bytes, %,d of %,d are free; use a smaller batch, or end what"
                + " else runs on the device%n%s")
            .formatted(
                device.key(),
                name,
                requested,
                free,
                Driver.getLong(allBytes),
                owners.entrySet().stream()
                    .map(
                        each ->
                            "  arena %-12s %,16d bytes".formatted(each.getKey(), each.getValue()))
                    .collect(Collectors.joining(System.lineSeparator()))),
        requested,
        free);
  }

  private void free(Region.Device chunk) {
    bytes -= chunk.bytes();
    String what = "%s: cuMemFree of %,d bytes".formatted(device.key(), chunk.bytes());
    Driver.check(what, Cuda.cuMemFree_v2(chunk.address()));
  }

  /** Waits until the device no longer uses it, and frees it. */
  @Override
  public void close() {
    closing.close();
  }
}
