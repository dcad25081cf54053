package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import java.lang.foreign.MemorySegment;

/** A queue of work for the device, done in order. */
public final class CudaStream implements Closing.Closeable {
  private final MemorySegment handle;

  /** Makes one in the current context. */
  CudaStream() {
    MemorySegment stream = Driver.pointer();
    Driver.check("cuStreamCreate", Cuda.cuStreamCreate(stream, Cuda.CU_STREAM_NON_BLOCKING()));
    handle = Driver.get(stream);
  }

  public MemorySegment handle() {
    return handle;
  }

  /** Lets later work of this stream wait until the event has happened. */
  void await(CudaEvent event) {
    Driver.check("cuStreamWaitEvent", Cuda.cuStreamWaitEvent(handle, event.handle(), 0));
  }

  /** Waits until all work is done; failures of kernels come to light here. */
  void synchronize(String what) {
    Driver.check(what, Cuda.cuStreamSynchronize(handle));
  }

  @Override
  public void close() {
    Driver.check("cuStreamDestroy", Cuda.cuStreamDestroy_v2(handle));
  }
}
