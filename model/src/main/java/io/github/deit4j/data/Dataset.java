package io.github.deit4j.data;

import java.util.List;
import java.util.Optional;

/**
 * A numbered collection of labelled images. Implementations are safe for reads by several threads,
 * and image and label of an index are always the same.
 */
public interface Dataset extends AutoCloseable {
  /** Returns the number of images, at least 1. */
  int size();

  /** Returns the channels of every image: 1 for grey, 3 for RGB. */
  int channels();

  /** Returns the names of the classes; a label is an index into this list. */
  List<String> classNames();

  /** Returns the class of an image, of {@code 0} to {@code classNames().size() − 1}. */
  int label(int index);

  /**
   * Returns all classes that are right for an image, at least one: its label, unless the data set
   * has several.
   */
  default List<Integer> rightClasses(int index) {
    return List.of(label(index));
  }

  /**
   * Decodes an image, perhaps at a reduced size, where that is less work.
   *
   * @param reduction chooses the size
   * @throws CorruptImageException if this one image can't be read; the others may be well
   */
  Image image(int index, Reduction reduction) throws CorruptImageException;

  /** Decodes an image at its full size, as {@link #image(int, Reduction)} does. */
  default Image image(int index) throws CorruptImageException {
    return image(index, Reduction.NONE);
  }

  /** Returns the images as they are stored, if they are in memory and need no decoding. */
  default Optional<StoredImages> storedImages() {
    return Optional.empty();
  }

  /** Returns what messages call an image: its file, or its number where it has none. */
  default String name(int index) {
    return "image " + index;
  }

  /**
   * Returns an image's file below the folder of the data set's images, with slashes: a name that
   * stays where the folder moves. An image without a file has its number.
   */
  default String path(int index) {
    return name(index);
  }

  /**
   * Returns a digest of what tells this data set from others: the images' paths, labels and sizes
   * in their order, the class names, and, where {@link #checksum} has nothing to say, the contents.
   * Where the files lie does not matter. By default of paths, labels and class names.
   */
  default String fingerprint() {
    var fingerprint = new Fingerprint().add(channels());
    classNames().forEach(fingerprint::add);
    for (int index = 0; index < size(); index++) {
      fingerprint.add(path(index)).add(label(index));
    }
    return fingerprint.hex();
  }

  /**
   * Returns a checksum, never 0, of the content from which an image was last decoded, on any
   * thread; 0 if it was not yet, or if the {@link #fingerprint} covers the contents.
   */
  default int checksum(int index) {
    return 0;
  }

  /** Gives back files and memory. There is nothing to give back by default. */
  @Override
  default void close() {}

  /** The part of a data set to read. */
  public enum Split {
    /** The images to train on. */
    TRAIN,
    /** The images to evaluate on. */
    TEST
  }

  /**
   * Chooses the size at which a JPEG image is decoded: of large images a small part of the work
   * gives half, a quarter or an eighth of the rows and columns.
   */
  @FunctionalInterface
  public interface Reduction {
    /** Every image at its full size. */
    Reduction NONE = (height, width) -> 1;

    /**
     * Returns what height and width may be divided by at most, for an image of the given full size.
     */
    int limit(int height, int width);
  }
}
