package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import java.lang.foreign.MemorySegment;

/** A queue of work for the device, done in order. */
final class CudaStream {
  private final MemorySegment handle;

  /** Makes one in the current context. */
  CudaStream(Closing closing) {
    int flags = Cuda.CU_STREAM_NON_BLOCKING();
    handle = Driver.handle("cuStreamCreate", to -> Cuda.cuStreamCreate(to, flags));
    closing.undo(() -> Driver.check("cuStreamDestroy", Cuda.cuStreamDestroy_v2(handle)));
  }

  MemorySegment handle() {
    return handle;
  }

  /**
   * From here on work is captured, not done. Until the end of that the calling thread must neither
   * wait for the device, nor allocate or free memory; other threads may.
   */
  void beginCapture() {
    int mode = Cuda.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL();
    Driver.check("cuStreamBeginCapture", Cuda.cuStreamBeginCapture_v2(handle, mode));
  }

  /** Returns the handle of the graph that was captured, which the caller destroys. */
  MemorySegment endCapture() {
    return Driver.handle("cuStreamEndCapture", to -> Cuda.cuStreamEndCapture(handle, to));
  }

  /** Lets later work of this stream wait until the event has happened. */
  void await(Event event) {
    Driver.check("cuStreamWaitEvent", Cuda.cuStreamWaitEvent(handle, event.handle, 0));
  }

  /** Returns whether all work is done, without waiting; failures of kernels come to light here. */
  boolean isDone() {
    int code = Cuda.cuStreamQuery(handle);
    if (code == Cuda.CUDA_ERROR_NOT_READY()) {
      return false;
    }
    Driver.check("cuStreamQuery", code);
    return true;
  }

  /** Waits until all work is done; failures of kernels come to light here. */
  void synchronize(String what) {
    Driver.check(what, Cuda.cuStreamSynchronize(handle));
  }

  /** A mark in a stream; before it is first set, it counts as reached. */
  static final class Event {
    private final MemorySegment handle;

    /** Makes one in the current context. */
    Event(Closing closing) {
      int flags = Cuda.CU_EVENT_DISABLE_TIMING();
      handle = Driver.handle("cuEventCreate", to -> Cuda.cuEventCreate(to, flags));
      closing.undo(() -> Driver.check("cuEventDestroy", Cuda.cuEventDestroy_v2(handle)));
    }

    /** Sets the mark behind all work that the stream has by now. */
    void record(CudaStream stream) {
      Driver.check("cuEventRecord", Cuda.cuEventRecord(handle, stream.handle));
    }

    /** Waits until the mark is reached. */
    void synchronize() {
      synchronize("cuEventSynchronize");
    }

    /** The same, of work that failures come to light of here. */
    void synchronize(String what) {
      Driver.check(what, Cuda.cuEventSynchronize(handle));
    }
  }
}
