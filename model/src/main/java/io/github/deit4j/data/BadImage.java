package io.github.deit4j.data;

/**
 * An image of a data set that can't be read.
 *
 * @param index its index in the data set
 * @param name its file or number
 * @param reason what is wrong with it
 */
public record BadImage(int index, String name, String reason) {
  /** Describes the exception of a data set. */
  public static BadImage of(int index, CorruptImageException e) {
    return new BadImage(index, e.image(), e.reason());
  }

  @Override
  public String toString() {
    return name + ": " + reason;
  }
}
