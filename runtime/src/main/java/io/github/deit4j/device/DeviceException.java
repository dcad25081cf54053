package io.github.deit4j.device;

/** A device or native library is missing, unfit or has failed. */
public sealed class DeviceException extends RuntimeException
    permits DeviceFailureException,
        DeviceMemoryException,
        DeviceMissingException,
        DeviceVersionException,
        LibraryMissingException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that names the device, the cause and what to do. */
  public DeviceException(String message) {
    super(message);
  }
}
