package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.CString;
import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.ToIntFunction;

/**
 * What every call of CUDA's libraries needs: its result looked at, and room for what it returns.
 */
final class Driver {
  private Driver() {}

  /**
   * Requires that a call has succeeded.
   *
   * @param what says what was called, for whom: the start of the message
   * @param code the call's result
   * @throws DeviceException.Failed with the code's name and meaning
   */
  static void check(String what, int code) {
    if (code != Cuda.CUDA_SUCCESS()) {
      throw failure(
          what,
          text(to -> Cuda.cuGetErrorName(code, to), "an unknown error"),
          code,
          text(to -> Cuda.cuGetErrorString(code, to), "which this driver cannot explain"));
    }
  }

  /** The same of a call of cuBLAS. */
  static void checkCublas(String what, int code) {
    if (code != Cublas.CUBLAS_STATUS_SUCCESS()) {
      throw failure(
          what,
          CString.at(Cublas.cublasLtGetStatusName(code)),
          code,
          CString.at(Cublas.cublasLtGetStatusString(code)));
    }
  }

  private static DeviceException failure(String what, String name, int code, String meaning) {
    return new DeviceException.Failed("%s: %s (%d), %s".formatted(what, name, code, meaning), name);
  }

  private static String text(ToIntFunction<MemorySegment> call, String otherwise) {
    MemorySegment text = pointer();
    return call.applyAsInt(text) == Cuda.CUDA_SUCCESS() ? CString.at(get(text)) : otherwise;
  }

  /**
   * Makes a call that returns something through a pointer; only for calls at set-up.
   *
   * @return what it has returned, to be read by {@link #get}, {@link #getInt} or {@link #getLong}
   * @throws DeviceException.Failed if it fails
   */
  static MemorySegment returned(String what, ToIntFunction<MemorySegment> call) {
    MemorySegment room = pointer();
    check(what, call.applyAsInt(room));
    return room;
  }

  /** The same of a call that returns a handle or another pointer. */
  static MemorySegment handle(String what, ToIntFunction<MemorySegment> call) {
    return get(returned(what, call));
  }

  /** The same of a call of cuBLAS. */
  static MemorySegment cublasHandle(String what, ToIntFunction<MemorySegment> call) {
    MemorySegment room = pointer();
    checkCublas(what, call.applyAsInt(room));
    return get(room);
  }

  /** Returns room for a pointer or long that a call returns; only for calls at set-up. */
  static MemorySegment pointer() {
    return Arena.ofAuto().allocate(ValueLayout.ADDRESS);
  }

  /** Returns the pointer that a call has put there. */
  static MemorySegment get(MemorySegment pointer) {
    return pointer.get(ValueLayout.ADDRESS, 0);
  }

  /** Returns the int that a call has put there. */
  static int getInt(MemorySegment room) {
    return room.get(ValueLayout.JAVA_INT, 0);
  }

  /** Returns the long that a call has put there. */
  static long getLong(MemorySegment room) {
    return room.get(ValueLayout.JAVA_LONG, 0);
  }
}
