package io.github.deit4j.cli;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetView;
import io.github.deit4j.data.Image;

/**
 * A data set of which somebody hears.
 *
 * @param whole the data set
 * @param watcher runs before an image is decoded, on the thread that decodes it
 */
record WatchedDataset(Dataset whole, Runnable watcher) implements DatasetView {
  @Override
  public Image image(int index, Reduction reduction) throws CorruptImageException {
    watcher.run();
    return whole.image(index, reduction);
  }
}
