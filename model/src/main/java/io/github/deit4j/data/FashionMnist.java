package io.github.deit4j.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Fashion-MNIST: grey images of 28×28 in ten classes of clothes (Xiao, Rasul and Vollgraf, 2017,
 * arXiv:1708.07747).
 */
public final class FashionMnist {
  /** The ten classes. */
  public static final List<String> CLASS_NAMES =
      List.of(
          "T-shirt/top",
          "Trouser",
          "Pullover",
          "Dress",
          "Coat",
          "Sandal",
          "Shirt",
          "Sneaker",
          "Bag",
          "Ankle boot");

  private FashionMnist() {}

  /**
   * Opens a folder with the data set's files, gzipped under their own names ({@code
   * train-images-idx3-ubyte.gz} …) or unpacked without the ending. Number and size of the images
   * are the files' own.
   *
   * @throws DatasetException if a file is missing or not as it should be
   */
  public static Dataset open(Path dir, Split split) throws DatasetException {
    String prefix =
        switch (split) {
          case TRAIN -> "train";
          case TEST -> "t10k";
        };
    return IdxDataset.open(
        file(dir, prefix + "-images-idx3-ubyte"),
        file(dir, prefix + "-labels-idx1-ubyte"),
        CLASS_NAMES);
  }

  private static Path file(Path dir, String name) throws DatasetException {
    for (Path candidate : List.of(dir.resolve(name + ".gz"), dir.resolve(name))) {
      if (Files.isRegularFile(candidate)) {
        return candidate;
      }
    }
    throw new DatasetException(
        ("%s: expected %s.gz (or %s) of Fashion-MNIST there, found no such file; copy the "
                + "data set's four files into this folder or name theirs")
            .formatted(dir, name, name));
  }
}
