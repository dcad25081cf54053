package io.github.deit4j.data.set;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Fingerprint;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.StoredImages;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Images of one size, all in memory.
 *
 * @param pixels unsigned bytes [image, channel, row, column]
 * @param labels unsigned bytes [image]
 */
@SuppressWarnings("ArrayRecordComponent") // handed on inside the package, never changed
record InMemoryDataset(
    int channels, int height, int width, List<String> classNames, byte[] pixels, byte[] labels)
    implements Dataset {
  /** Refuses a file in which a label has no class. */
  static void requireClasses(Path file, byte[] labels, int classes) throws DatasetException {
    for (int i = 0; i < labels.length; i++) {
      int label = labels[i] & 0xFF;
      if (label >= classes) {
        throw new DatasetException(
            "%s: label %d of image %d has no class; expected labels of 0 to %d",
            file, label, i, classes - 1);
      }
    }
  }

  @Override
  public String fingerprint() {
    var fingerprint = new Fingerprint().add(channels).add(height).add(width);
    classNames.forEach(fingerprint::add);
    return fingerprint.add(pixels).add(labels).hex();
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int label(int index) {
    return labels[index] & 0xFF;
  }

  @Override
  public Image image(int index, Reduction reduction) {
    int length = channels * height * width;
    int from = length * index;
    return new Image(channels, height, width, Arrays.copyOfRange(pixels, from, from + length));
  }

  @Override
  public Optional<StoredImages> storedImages() {
    return Optional.of(new Stored());
  }

  /** The images where they lie. */
  private final class Stored implements StoredImages {
    private final MemorySegment memory = MemorySegment.ofArray(pixels);

    @Override
    public int height(int index) {
      return height;
    }

    @Override
    public int width(int index) {
      return width;
    }

    @Override
    public MemorySegment pixels(int index) {
      long length = (long) channels * height * width;
      return memory.asSlice(length * index, length);
    }
  }
}
