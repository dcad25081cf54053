package io.github.deit4j.data;

import java.util.List;

/**
 * Images of another data set, as they are there, but for what an implementation says. Closing it
 * closes the other.
 */
public interface DatasetView extends Dataset {
  /** Returns the other data set. */
  Dataset whole();

  /** Returns which image of the other data set an image is. */
  default int indexOfWhole(int index) {
    return index;
  }

  @Override
  default int size() {
    return whole().size();
  }

  @Override
  default int channels() {
    return whole().channels();
  }

  @Override
  default List<String> classNames() {
    return whole().classNames();
  }

  @Override
  default int label(int index) {
    return whole().label(indexOfWhole(index));
  }

  @Override
  default List<Integer> rightClasses(int index) {
    return whole().rightClasses(indexOfWhole(index));
  }

  @Override
  default Image image(int index, Reduction reduction) throws CorruptImageException {
    return whole().image(indexOfWhole(index), reduction);
  }

  @Override
  default String name(int index) {
    return whole().name(indexOfWhole(index));
  }

  @Override
  default String path(int index) {
    return whole().path(indexOfWhole(index));
  }

  /** Returns a digest of the other's and of which images these are, with their classes. */
  @Override
  default String fingerprint() {
    var fingerprint = new Fingerprint().add(whole().fingerprint());
    for (int index = 0; index < size(); index++) {
      fingerprint.add(indexOfWhole(index)).add(rightClasses(index).toString());
    }
    return fingerprint.hex();
  }

  @Override
  default int checksum(int index) {
    return whole().checksum(indexOfWhole(index));
  }

  @Override
  default void close() {
    whole().close();
  }
}
