package io.github.deit4j.device;

/** A device or native library is missing, unfit or has failed. */
public sealed class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that names the device, the cause and what to do. */
  public DeviceException(String message) {
    super(message);
  }

  /** A device, or a native library that it needs, is in none of the places looked at. */
  public static final class NotFound extends DeviceException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with a message that says what was tried, what there is, what to do. */
    public NotFound(String message) {
      super(message);
    }
  }

  /** A device was asked for what it does not do at all. */
  public static final class Unsupported extends DeviceException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with a message that says what it does, and what does the other. */
    public Unsupported(String message) {
      super(message);
    }
  }

  /** A driver, library or device is too old, or two of them do not go together. */
  public static final class Incompatible extends DeviceException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with a message that names both versions and what to do. */
    public Incompatible(String message) {
      super(message);
    }
  }

  /** A call of a device's library has failed, or a kernel on the device. */
  public static final class Failed extends DeviceException {
    private static final long serialVersionUID = 1L;

    private final String code;

    /**
     * Creates the exception.
     *
     * @param message names the call, the code and its meaning, and what to do
     * @param code the library's name of the error, such as {@code CUDA_ERROR_ILLEGAL_ADDRESS}
     */
    public Failed(String message, String code) {
      super(message);
      this.code = code;
    }

    /** Returns the library's name of the error, such as {@code CUDA_ERROR_ILLEGAL_ADDRESS}. */
    public String code() {
      return code;
    }
  }

  /** A device, or its host for it, has not as much memory left as was asked for. */
  public static final class OutOfMemory extends DeviceException {
    private static final long serialVersionUID = 1L;

    private final long requested;
    private final long free;

    /**
     * Creates the exception.
     *
     * @param message names the device, both numbers, who holds the memory, and what to do
     * @param requested bytes asked for
     * @param free bytes that the device had left; 0 where it is the host that has none
     */
    public OutOfMemory(String message, long requested, long free) {
      super(message);
      this.requested = requested;
      this.free = free;
    }

    /** Returns the bytes asked for. */
    public long requested() {
      return requested;
    }

    /** Returns the bytes that the device had left. */
    public long free() {
      return free;
    }
  }
}
