package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Copies between host and device. The caller holds the context's lock and has made it current.
 *
 * <p>Large writes go by {@link UploadSlot}s on a stream of their own, while the stream of work is
 * still busy with the step before: only the last, short copy on the device waits for it. Small ones
 * go in the order of the work. Either returns once the host's memory has been read. Reads wait for
 * the work. Everything here is made at the first use or when it must grow, and then stays.
 */
final class Transfers implements Closing.Closeable {
  private static final long SMALL = 64 << 10;
  private static final long LARGEST_SLOT = 64L << 20;
  private static final long READ_BYTES = 4L << 20;

  private final CudaContext context;
  private final Closing closing = new Closing();
  private final CudaStream copyStream;
  private final UploadSlot[] slots;
  private final SmallUploads small;
  private final PinnedMemory readBuffer;
  private int next;

  Transfers(CudaContext context) {
    this.context = context;
    try {
      copyStream = closing.add(new CudaStream());
      slots = new UploadSlot[] {slot(), slot()};
      small = closing.add(new SmallUploads(context, SMALL));
      readBuffer = closing.add(context.pinned(READ_BYTES));
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
  }

  private UploadSlot slot() {
    return closing.add(new UploadSlot(context, copyStream));
  }

  /** Copies host memory to a tensor of the same size. */
  void write(Tensor to, MemorySegment from) {
    long address = to.address(context.device());
    long bytes = from.byteSize();
    if (bytes <= SMALL) {
      small.write(address, from);
      return;
    }
    for (long start = 0; start < bytes; start += LARGEST_SLOT) {
      long size = Math.min(LARGEST_SLOT, bytes - start);
      slots[next].write(address + start, from.asSlice(start, size));
      next = (next + 1) % slots.length;
    }
  }

  /** Copies a tensor to host memory of the same size. */
  void read(MemorySegment to, Tensor from) {
    long address = from.address(context.device());
    for (long start = 0; start < to.byteSize(); start += READ_BYTES) {
      long size = Math.min(READ_BYTES, to.byteSize() - start);
      MemorySegment buffer = readBuffer.segment().asSlice(0, size);
      Driver.check(
          "cuMemcpyDtoHAsync of %s".formatted(from),
          Cuda.cuMemcpyDtoHAsync_v2(buffer, address + start, size, context.stream().handle()));
      context.awaitWork();
      to.asSlice(start, size).copyFrom(buffer);
    }
  }

  /** Copies a tensor to another of the same size. */
  void copy(Tensor to, Tensor from) {
    Driver.check(
        "cuMemcpyDtoDAsync of %s".formatted(from),
        Cuda.cuMemcpyDtoDAsync_v2(
            to.address(context.device()),
            from.address(context.device()),
            bytes(from),
            context.stream().handle()));
  }

  /** Sets all bits of a tensor to 0. */
  void zero(Tensor x) {
    Driver.check(
        "cuMemsetD8Async of %s".formatted(x),
        Cuda.cuMemsetD8Async(
            x.address(context.device()), (byte) 0, bytes(x), context.stream().handle()));
  }

  private static long bytes(Tensor x) {
    return x.elements() * x.dtype().bytes();
  }

  /** Waits until copies that no work waits for are done, which a failure may leave. */
  void finish() {
    copyStream.synchronize(context.device() + ": copies to the device");
  }

  @Override
  public void close() {
    closing.close();
  }
}
