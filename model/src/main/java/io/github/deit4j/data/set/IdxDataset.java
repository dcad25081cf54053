package io.github.deit4j.data.set;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Grey images and labels from a pair of IDX files, as MNIST and its kin have them, in memory. */
public final class IdxDataset implements Dataset {
  private static final int IMAGE_RANK = 3;
  private static final int LABEL_RANK = 1;

  private final List<String> classNames;
  private final int height;
  private final int width;
  private final byte[] pixels;
  private final byte[] labels;

  private IdxDataset(List<String> classNames, IdxFile images, IdxFile labels) {
    this.classNames = classNames;
    this.height = images.dimensions()[1];
    this.width = images.dimensions()[2];
    this.pixels = images.data();
    this.labels = labels.data();
  }

  /**
   * Reads a pair of files, each plain or gzipped.
   *
   * @param images unsigned bytes [image, row, column]
   * @param labels unsigned bytes [image]
   * @param classNames the classes' names in the order of the labels
   * @throws DatasetException if a file is missing, cut off, too long or not of the format, the
   *     files don't fit together, or a label has no class
   */
  public static IdxDataset open(Path images, Path labels, List<String> classNames)
      throws DatasetException {
    IdxFile imageFile = IdxFile.read(images, IMAGE_RANK);
    IdxFile labelFile = IdxFile.read(labels, LABEL_RANK);
    int count = imageFile.dimensions()[0];
    if (labelFile.dimensions()[0] != count) {
      throw new DatasetException(
          "%s holds %d images but %s holds %d labels; both must come from one data set"
              .formatted(images, count, labels, labelFile.dimensions()[0]));
    }
    for (int i = 0; i < count; i++) {
      if ((labelFile.data()[i] & 0xFF) >= classNames.size()) {
        throw new DatasetException(
            "%s: label %d of image %d has no class; expected labels of 0 to %d"
                .formatted(labels, labelFile.data()[i] & 0xFF, i, classNames.size() - 1));
      }
    }
    return new IdxDataset(List.copyOf(classNames), imageFile, labelFile);
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int channels() {
    return 1;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return labels[index] & 0xFF;
  }

  @Override
  public Image image(int index) {
    int plane = height * width;
    int from = plane * index;
    return new Image(1, height, width, Arrays.copyOfRange(pixels, from, from + plane));
  }
}
