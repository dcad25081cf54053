package io.github.deit4j.device;

/** A call of a device's library has failed, or a kernel on the device. */
public final class DeviceFailureException extends DeviceException {
  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * Creates the exception.
   *
   * @param message names the call, the code and its meaning, and what to do
   * @param code the library's name of the error, such as {@code CUDA_ERROR_ILLEGAL_ADDRESS}
   */
  public DeviceFailureException(String message, String code) {
    super(message);
    this.code = code;
  }

  /** Returns the library's name of the error, such as {@code CUDA_ERROR_ILLEGAL_ADDRESS}. */
  public String code() {
    return code;
  }
}
