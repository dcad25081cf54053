package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import java.lang.foreign.MemorySegment;

/**
 * A claim on the context that all users of a device in this process share. The driver counts the
 * claims and keeps the context, and all that lives in it, until the last one is closed.
 */
final class PrimaryContext implements Closing.Closeable {
  private final DeviceInfo device;
  private final MemorySegment handle;

  /** Makes a claim. */
  PrimaryContext(DeviceInfo device) {
    MemorySegment context = Driver.pointer();
    Driver.check(
        device.key() + ": cuDevicePrimaryCtxRetain",
        Cuda.cuDevicePrimaryCtxRetain(context, device.handle()));
    this.device = device;
    this.handle = Driver.get(context);
  }

  /** Makes it the calling thread's. Cheap; done before every group of calls, from any thread. */
  void makeCurrent() {
    Driver.check("cuCtxSetCurrent", Cuda.cuCtxSetCurrent(handle));
  }

  @Override
  public void close() {
    Driver.check(
        device.key() + ": cuDevicePrimaryCtxRelease",
        Cuda.cuDevicePrimaryCtxRelease_v2(device.handle()));
  }
}
