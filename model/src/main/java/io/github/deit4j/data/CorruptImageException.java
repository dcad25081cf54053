package io.github.deit4j.data;

import java.io.IOException;

/** One image of a data set can't be read. */
public final class CorruptImageException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String image;
  private final String reason;

  /** Creates the exception for an image, its file or number, and what is wrong with it. */
  public CorruptImageException(String image, String reason) {
    this(image, reason, null);
  }

  /** Creates the exception with the decoder's error underneath, or null. */
  public CorruptImageException(String image, String reason, Throwable cause) {
    super(image + ": " + reason, cause);
    this.image = image;
    this.reason = reason;
  }

  /** Returns the image's file or number. */
  public String image() {
    return image;
  }

  /** Returns what is wrong with the image. */
  public String reason() {
    return reason;
  }
}
