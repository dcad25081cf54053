package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.CMemory;
import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.device.DeviceException;
import java.lang.foreign.MemorySegment;

/** Memory of the host that the device copies from and to on its own, while both go on working. */
final class PinnedMemory implements Closing.Closeable {
  private final MemorySegment segment;

  /**
   * Allocates in the current context.
   *
   * @throws DeviceException.OutOfMemory if the host has not that much to pin
   */
  PinnedMemory(DeviceInfo device, long bytes) {
    MemorySegment pointer = Driver.pointer();
    int code = Cuda.cuMemAllocHost_v2(pointer, bytes);
    if (code == Cuda.CUDA_ERROR_OUT_OF_MEMORY()) {
      throw new DeviceException.OutOfMemory(
          "%s: the host has no %,d bytes that can be pinned; end what else runs, or raise ulimit -l"
              .formatted(device.key(), bytes),
          bytes,
          0);
    }
    Driver.check("cuMemAllocHost of %,d bytes".formatted(bytes), code);
    segment = CMemory.at(Driver.get(pointer), bytes);
  }

  MemorySegment segment() {
    return segment;
  }

  @Override
  public void close() {
    Driver.check("cuMemFreeHost", Cuda.cuMemFreeHost(segment));
  }
}
