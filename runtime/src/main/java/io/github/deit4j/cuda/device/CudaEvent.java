package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import java.lang.foreign.MemorySegment;

/** A mark in a stream; before it is first set, it counts as reached. */
final class CudaEvent implements Closing.Closeable {
  private final MemorySegment handle;

  /** Makes one in the current context. */
  CudaEvent() {
    MemorySegment event = Driver.pointer();
    Driver.check("cuEventCreate", Cuda.cuEventCreate(event, Cuda.CU_EVENT_DISABLE_TIMING()));
    handle = Driver.get(event);
  }

  MemorySegment handle() {
    return handle;
  }

  /** Sets the mark behind all work that the stream has by now. */
  void record(CudaStream stream) {
    Driver.check("cuEventRecord", Cuda.cuEventRecord(handle, stream.handle()));
  }

  /** Waits until the mark is reached. */
  void synchronize() {
    Driver.check("cuEventSynchronize", Cuda.cuEventSynchronize(handle));
  }

  @Override
  public void close() {
    Driver.check("cuEventDestroy", Cuda.cuEventDestroy_v2(handle));
  }
}
