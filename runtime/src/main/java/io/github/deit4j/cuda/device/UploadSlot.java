package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.tensor.Region;
import java.lang.foreign.MemorySegment;

/**
 * A way for one large copy to the device: pinned memory of the host, from there to a buffer on the
 * device on the copy stream, from there to its place on the stream of work. Two of them in turn let
 * a copy run beside the step before it.
 */
final class UploadSlot implements Closing.Closeable {
  private final CudaContext context;
  private final CudaStream copyStream;
  private final Closing events = new Closing();
  private final CudaEvent arrived;
  private final CudaEvent taken;
  private final Closing buffers = new Closing();
  private MemorySegment pinned = MemorySegment.NULL;
  private long buffer;

  UploadSlot(CudaContext context, CudaStream copyStream) {
    this.context = context;
    this.copyStream = copyStream;
    this.arrived = events.add(new CudaEvent());
    try {
      this.taken = events.add(new CudaEvent());
    } catch (RuntimeException e) {
      throw events.after(e);
    }
  }

  void write(long address, MemorySegment from) {
    long bytes = from.byteSize();
    arrived.synchronize(); // the pinned memory has been read
    grow(bytes);
    pinned.asSlice(0, bytes).copyFrom(from);
    copyStream.await(taken);
    Driver.check(
        "cuMemcpyHtoDAsync of %,d bytes".formatted(bytes),
        Cuda.cuMemcpyHtoDAsync_v2(buffer, pinned, bytes, copyStream.handle()));
    arrived.record(copyStream);
    context.stream().await(arrived);
    Driver.check(
        "cuMemcpyDtoDAsync of %,d bytes".formatted(bytes),
        Cuda.cuMemcpyDtoDAsync_v2(address, buffer, bytes, context.stream().handle()));
    taken.record(context.stream());
  }

  private void grow(long bytes) {
    if (bytes <= pinned.byteSize()) {
      return;
    }
    taken.synchronize(); // the device's buffer has been read
    pinned = MemorySegment.NULL;
    buffers.close();
    DeviceMemory memory = buffers.add(context.memory("uploads"));
    Region.Device region = memory.allocate(bytes);
    pinned = buffers.add(context.pinned(bytes)).segment();
    buffer = region.address();
  }

  @Override
  public void close() {
    try {
      buffers.close();
    } finally {
      events.close();
    }
  }
}
