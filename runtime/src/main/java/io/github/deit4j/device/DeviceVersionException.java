package io.github.deit4j.device;

/** A driver, library or device is too old, or two of them do not go together. */
public final class DeviceVersionException extends DeviceException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that names both versions and what to do. */
  public DeviceVersionException(String message) {
    super(message);
  }
}
