package io.github.deit4j.cli;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Image;
import java.util.List;

/**
 * A data set of which somebody hears.
 *
 * @param images the data set
 * @param watcher runs before an image is decoded, on the thread that decodes it
 */
record WatchedDataset(Dataset images, Runnable watcher) implements Dataset {
  @Override
  public int size() {
    return images.size();
  }

  @Override
  public int channels() {
    return images.channels();
  }

  @Override
  public List<String> classNames() {
    return images.classNames();
  }

  @Override
  public int label(int index) {
    return images.label(index);
  }

  @Override
  public Image image(int index, Reduction reduction) throws CorruptImageException {
    watcher.run();
    return images.image(index, reduction);
  }

  @Override
  public void close() {
    images.close();
  }
}
