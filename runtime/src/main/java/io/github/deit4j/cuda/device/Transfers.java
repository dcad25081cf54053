package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.CMemory;
import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.op.OpRunner.Readback;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Copies between host and device. The caller holds the context's lock and has made it current.
 *
 * <p>Large writes go by {@link UploadSlot}s on a stream of their own, while the stream of work is
 * still busy with the step before: only the last, short copy on the device waits for it. Small ones
 * go in the order of the work. Either returns once the host's memory has been read. Reads wait for
 * the work, or are waited for later. Everything here is made at the first use or when it must grow,
 * and then stays.
 */
final class Transfers {
  private static final long SMALL = 64 << 10;
  private static final long LARGEST_SLOT = 64L << 20;
  private static final long READ_BYTES = 4L << 20;

  private static final long LATER_BYTES = 64 << 10;

  private final CudaContext context;
  private final Closing closing;
  private final CudaStream copyStream;
  private final UploadSlot[] slots;
  private final SmallUploads small;
  private final MemorySegment readBuffer;
  private final Deque<ReadSlot> free = new ArrayDeque<>();
  private int next;

  /** Prepares in the current context, and has the closing undo it. */
  Transfers(CudaContext context, Closing closing) {
    this.context = context;
    this.closing = closing;
    copyStream = new CudaStream(closing);
    slots = new UploadSlot[] {new UploadSlot(closing), new UploadSlot(closing)};
    small = new SmallUploads(closing);
    readBuffer = pin(READ_BYTES, closing);
    // A step's numbers are waited for when the next one's are on their way.
    free.add(new ReadSlot(LATER_BYTES));
    free.add(new ReadSlot(LATER_BYTES));
  }

  /** Copies pieces of host memory, together of a tensor's size, one after the other. */
  void write(Tensor to, List<MemorySegment> from) {
    write(to.address(context.device()), from);
  }

  /** Copies host memory to the device's. */
  void write(long address, MemorySegment from) {
    write(address, List.of(from));
  }

  private void write(long address, List<MemorySegment> from) {
    long bytes = from.stream().mapToLong(MemorySegment::byteSize).sum();
    if (bytes <= SMALL) {
      small.write(address, from, bytes);
      return;
    }
    for (long start = 0; start < bytes; start += LARGEST_SLOT) {
      long size = Math.min(LARGEST_SLOT, bytes - start);
      slots[next].write(address + start, from, start, size);
      next = (next + 1) % slots.length;
    }
  }

  /** Copies what pieces, one after the other, have from {@code start} on, until memory is full. */
  private static void gather(MemorySegment to, List<MemorySegment> pieces, long start) {
    long end = start + to.byteSize();
    long at = 0;
    for (MemorySegment piece : pieces) {
      long first = Math.max(at, start);
      long last = Math.min(at + piece.byteSize(), end);
      if (first < last) {
        MemorySegment.copy(piece, first - at, to, first - start, last - first);
      }
      at += piece.byteSize();
    }
  }

  /** Copies a tensor to host memory of the same size. */
  void read(MemorySegment to, Tensor from) {
    long address = from.address(context.device());
    for (long start = 0; start < to.byteSize(); start += READ_BYTES) {
      long size = Math.min(READ_BYTES, to.byteSize() - start);
      MemorySegment buffer = readBuffer.asSlice(0, size);
      Driver.check(
          "cuMemcpyDtoHAsync of %s".formatted(from),
          Cuda.cuMemcpyDtoHAsync_v2(buffer, address + start, size, context.stream().handle()));
      context.awaitWork();
      to.asSlice(start, size).copyFrom(buffer);
    }
  }

  /** Returns a copy to host memory that has not begun. */
  Arrival arrival(MemorySegment to) {
    return new Arrival(to);
  }

  /** Begins to copy a tensor as it is by now. */
  void queue(Arrival arrival, Tensor from) {
    long bytes = arrival.to.byteSize();
    ReadSlot slot = null;
    for (ReadSlot each : free) {
      slot = each.pinned.byteSize() >= bytes ? each : slot;
    }
    if (slot == null) {
      slot = new ReadSlot(bytes);
    }
    free.remove(slot);
    Driver.check(
        "cuMemcpyDtoHAsync of %s".formatted(from),
        Cuda.cuMemcpyDtoHAsync_v2(
            slot.pinned, from.address(context.device()), bytes, context.stream().handle()));
    slot.arrived.record(context.stream());
    arrival.slot = slot;
  }

  /** Pinned memory of the host for one copy from the device at a time. */
  private final class ReadSlot {
    private final CudaStream.Event arrived;
    private final MemorySegment pinned;

    ReadSlot(long bytes) {
      arrived = new CudaStream.Event(closing);
      pinned = pin(bytes, closing);
    }
  }

  /** A copy on its way to the host. */
  final class Arrival implements Readback {
    private final MemorySegment to;

    /** Null until it is queued. */
    private ReadSlot slot;

    private boolean done;

    private Arrival(MemorySegment to) {
      this.to = to;
    }

    @Override
    public boolean isDone() {
      synchronized (context) {
        return done;
      }
    }

    @Override
    public void await() {
      synchronized (context) {
        if (!done) {
          context.makeCurrent();
          context.flush();
          if (slot == null) {
            throw new IllegalStateException(
                "%s: a read of a step that was never launched".formatted(context.device()));
          }
          slot.arrived.synchronize(context.work());
          to.copyFrom(slot.pinned.asSlice(0, to.byteSize()));
          free.add(slot);
          done = true;
        }
      }
    }
  }

  /** Copies a tensor to another of the same size. */
  void copy(Tensor to, Tensor from) {
    long target = to.address(context.device());
    long source = from.address(context.device());
    long bytes = from.elements() * from.dtype().bytes();
    context.submit(new Copy(context, target, source, bytes));
  }

  /** A copy on the device. */
  private record Copy(CudaContext context, long target, long source, long bytes)
      implements Command {
    @Override
    public void issue() {
      Driver.check(
          "cuMemcpyDtoDAsync of %,d bytes".formatted(bytes),
          Cuda.cuMemcpyDtoDAsync_v2(target, source, bytes, context.stream().handle()));
    }
  }

  /** Waits until copies that no work waits for are done, which a failure may leave. */
  void finish() {
    copyStream.synchronize(context.device() + ": copies to the device");
  }

  /**
   * A way for one large copy to the device: pinned memory of the host, from there to a buffer on
   * the device on the copy stream, from there to its place on the stream of work. Two of them in
   * turn let a copy run beside the step before it.
   */
  private final class UploadSlot {
    private final CudaStream.Event arrived;
    private final CudaStream.Event taken;
    private final Closing buffers = new Closing();
    private MemorySegment pinned = MemorySegment.NULL;
    private long buffer;

    UploadSlot(Closing closing) {
      this.arrived = new CudaStream.Event(closing);
      this.taken = new CudaStream.Event(closing);
      closing.undo(buffers::close);
    }

    void write(long address, List<MemorySegment> from, long start, long bytes) {
      arrived.synchronize(); // the pinned memory has been read
      grow(bytes);
      gather(pinned.asSlice(0, bytes), from, start);
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
      buffer = buffers.add(context.memory("uploads")).allocate(bytes).address();
      pinned = pin(bytes, buffers);
    }
  }

  /**
   * Small copies to the device in the order of the work: through pinned memory in a ring of parts,
   * each filled again once the device has read all of it.
   */
  private final class SmallUploads {
    private static final int PARTS = 4;
    private static final long PART_BYTES = 4 * SMALL;
    private static final long ALIGNMENT = 64;

    private final MemorySegment ring;
    private final CudaStream.Event[] read = new CudaStream.Event[PARTS];
    private int part;
    private long offset;

    SmallUploads(Closing closing) {
      ring = pin(PARTS * PART_BYTES, closing);
      Arrays.setAll(read, _ -> new CudaStream.Event(closing));
    }

    void write(long address, List<MemorySegment> from, long bytes) {
      if (bytes == 0) {
        return;
      }
      if (bytes > PART_BYTES - offset) {
        read[part].record(context.stream());
        part = (part + 1) % PARTS;
        offset = 0;
        read[part].synchronize();
      }
      MemorySegment pinned = ring.asSlice(part * PART_BYTES + offset, bytes);
      gather(pinned, from, 0);
      offset += Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
      Driver.check(
          "cuMemcpyHtoDAsync of %,d bytes".formatted(bytes),
          Cuda.cuMemcpyHtoDAsync_v2(address, pinned, bytes, context.stream().handle()));
    }
  }

  /**
   * Allocates memory of the host that the device copies from and to on its own, while both go on
   * working.
   *
   * @throws DeviceException.OutOfMemory if the host has not that much to pin
   */
  private MemorySegment pin(long bytes, Closing closing) {
    MemorySegment pointer = Driver.pointer();
    int code = Cuda.cuMemAllocHost_v2(pointer, bytes);
    if (code == Cuda.CUDA_ERROR_OUT_OF_MEMORY()) {
      throw new DeviceException.OutOfMemory(
          "%s: the host has no %,d bytes that can be pinned; end what else runs, or raise ulimit -l"
              .formatted(context.device(), bytes),
          bytes,
          0);
    }
    Driver.check("cuMemAllocHost of %,d bytes".formatted(bytes), code);
    MemorySegment pinned = Driver.get(pointer);
    closing.undo(() -> Driver.check("cuMemFreeHost", Cuda.cuMemFreeHost(pinned)));
    return CMemory.at(pinned, bytes);
  }
}
