package io.github.deit4j.device;

/** A device, or its host for it, has not as much memory left as was asked for. */
public final class DeviceMemoryException extends DeviceException {
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
  public DeviceMemoryException(String message, long requested, long free) {
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
