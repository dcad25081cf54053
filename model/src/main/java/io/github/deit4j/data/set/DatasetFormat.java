package io.github.deit4j.data.set;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.transform.Normalize;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All that the rest of the program knows of a data set before it is open: one implementation and
 * one line in {@link Datasets#ALL} add another. Class names, channels and labels are the opened
 * {@link Dataset}'s to tell.
 */
public interface DatasetFormat {
  /** Returns the name that recipes give it, and the folder below {@code $DEIT4J_DATA} has. */
  String name();

  /** Tells whether a folder has files of it, of whichever split. */
  boolean isIn(Path dir);

  /**
   * Tells whether a folder is split into training and test images. One that isn't serves whole, as
   * {@link Split#TRAIN}.
   */
  default boolean hasSplits(Path dir) throws DatasetException {
    return true;
  }

  /**
   * Returns the name of the split that {@link Split#TEST} opens, such as {@code val}; empty if
   * there is none. {@code test} is for the end: nobody chooses a model by it.
   */
  default Optional<String> testSplit(Path dir) throws DatasetException {
    return Optional.of("test");
  }

  /**
   * Looks at the names of a folder's files without opening a split.
   *
   * @return what is stray, of formats that can't be read, or empty
   * @throws DatasetException if the folder can't be read
   */
  default List<Finding> survey(Path dir) throws DatasetException {
    return List.of();
  }

  /**
   * Opens a split.
   *
   * @param decoding of images that are files
   * @throws DatasetException if files are missing or not as they should be, or the decoder is
   *     missing
   */
  Dataset open(Path dir, Split split, Decoding decoding) throws DatasetException;

  /** Opens a split with the fastest decoder there is, see {@link #open(Path, Split, Decoding)}. */
  default Dataset open(Path dir, Split split) throws DatasetException {
    return open(dir, split, Decoding.STANDARD);
  }

  /** Returns the mean and deviation by which its images are normalised unless a recipe says. */
  Normalize normalize();

  /** Returns the share of the resized image that evaluation keeps unless a recipe says. */
  default double cropRatio() {
    return 1;
  }

  /** Tells whether its images are files to decode, so that pixels depend on the decoder. */
  default boolean needsDecoder() {
    return false;
  }

  /** Tells whether it is one published data set, with a place of its own, not anybody's images. */
  default boolean isPublished() {
    return true;
  }
}
