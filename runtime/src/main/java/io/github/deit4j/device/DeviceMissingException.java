package io.github.deit4j.device;

/** The driver is there, but not the device. */
public final class DeviceMissingException extends DeviceException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that says which device, which there are, what to do. */
  public DeviceMissingException(String message) {
    super(message);
  }
}
