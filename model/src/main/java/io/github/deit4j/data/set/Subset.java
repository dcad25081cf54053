package io.github.deit4j.data.set;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.DatasetView;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.StoredImages;
import java.util.Optional;

/**
 * Some images of a data set, evenly spaced over all of it, so that a data set sorted by class keeps
 * its classes. Closing it closes the whole.
 */
public record Subset(Dataset whole, int size) implements DatasetView {
  /**
   * Chooses images.
   *
   * @param size how many, at least 1 and at most as many as there are
   * @throws DatasetException if there are fewer
   */
  public static Subset of(Dataset whole, int size) throws DatasetException {
    if (size < 1 || size > whole.size()) {
      throw new DatasetException(
          "train-images: expected 1 to %d, the images of the data set, found %d",
          whole.size(), size);
    }
    return new Subset(whole, size);
  }

  @Override
  public int indexOfWhole(int index) {
    return (int) ((long) index * whole.size() / size);
  }

  @Override
  public Image image(int index, Reduction reduction) throws CorruptImageException {
    // Never reduced, so that pixels stay what they are in runs on a part of the images.
    return whole.image(indexOfWhole(index));
  }

  @Override
  public Optional<StoredImages> storedImages() {
    return whole.storedImages().map(all -> all.at(this::indexOfWhole));
  }
}
