package io.github.deit4j.device;

/** A native library, such as the driver of a device, is in none of the places looked at. */
public final class LibraryMissingException extends DeviceException {
  private static final long serialVersionUID = 1L;

  private final String library;

  /**
   * Creates the exception.
   *
   * @param message names the backend and all that was tried
   * @param library the library's name, as its makers call it
   */
  public LibraryMissingException(String message, String library) {
    super(message);
    this.library = library;
  }

  /** Returns the library's name, as its makers call it. */
  public String library() {
    return library;
  }
}
