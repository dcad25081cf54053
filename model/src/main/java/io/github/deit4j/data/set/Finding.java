package io.github.deit4j.data.set;

/**
 * Something in a folder of images that its owner would want to know.
 *
 * @param kind what it is
 * @param path the file or folder, below the folder with slashes
 * @param reason what is the matter with it
 */
public record Finding(Kind kind, String path, String reason) {
  /** What can be found. */
  public enum Kind {
    /** A class, or a split of one, without an image: training can't begin. */
    EMPTY("without images"),
    /** An image of a format that can't be decoded: counts as unreadable. */
    UNSUPPORTED("of other formats"),
    /** An image that can't be decoded: counts as unreadable. */
    BROKEN("broken"),
    /** A file that belongs to no class, so that nobody learns from it. */
    STRAY("left out"),
    /** The same picture as another one. */
    DUPLICATE("twice there"),
    /** A class with so few images that little can be learned of it. */
    FEW("with few images");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /** Returns the words that a list of such findings has above it. */
    public String words() {
      return words;
    }

    /** Returns whether training would stumble over it. */
    public boolean isBad() {
      return this == EMPTY || this == UNSUPPORTED || this == BROKEN;
    }
  }

  @Override
  public String toString() {
    return path + ": " + reason;
  }
}
