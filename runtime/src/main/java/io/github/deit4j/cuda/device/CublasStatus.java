package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.CString;
import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.device.DeviceException;

/** Looks at the results of cuBLAS's calls. */
public final class CublasStatus {
  private CublasStatus() {}

  /**
   * Requires that a call has succeeded.
   *
   * @param what says what was called, for whom: the start of the message
   * @throws DeviceException.Failed with the code's name and meaning
   */
  public static void check(String what, int code) {
    if (code != Cublas.CUBLAS_STATUS_SUCCESS()) {
      String name = CString.at(Cublas.cublasLtGetStatusName(code));
      String meaning = CString.at(Cublas.cublasLtGetStatusString(code));
      throw new DeviceException.Failed(
          "%s: %s (%d), %s".formatted(what, name, code, meaning), name);
    }
  }
}
