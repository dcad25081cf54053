package io.github.deit4j.data.set;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.transform.Normalize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Fashion-MNIST: grey images of 28×28 in ten classes of clothes (Xiao, Rasul and Vollgraf, 2017,
 * arXiv:1708.07747). Number and size of the images are the files' own.
 */
public final class FashionMnist implements DatasetFormat {
  /** The name in recipes. */
  public static final String NAME = "fashion-mnist";

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

  private static final String IMAGES = "-images-idx3-ubyte";
  private static final String LABELS = "-labels-idx1-ubyte";

  /** Describes the data set. */
  public FashionMnist() {}

  @Override
  public String name() {
    return NAME;
  }

  /**
   * {@inheritDoc}
   *
   * @param dir a folder with the files gzipped under their own names ({@code
   *     train-images-idx3-ubyte.gz} …) or unpacked without the ending
   */
  @Override
  public Dataset open(Path dir, Split split, Decoding decoding) throws DatasetException {
    return IdxFile.dataset(
        file(dir, prefix(split) + IMAGES), file(dir, prefix(split) + LABELS), CLASS_NAMES);
  }

  @Override
  public Normalize normalize() {
    return new Normalize(List.of(0.2860f), List.of(0.3530f));
  }

  @Override
  public boolean isIn(Path dir) {
    return Stream.of(Split.values())
        .flatMap(split -> Stream.of(prefix(split) + IMAGES, prefix(split) + LABELS))
        .anyMatch(name -> find(dir, name).isPresent());
  }

  private static String prefix(Split split) {
    return switch (split) {
      case TRAIN -> "train";
      case TEST -> "t10k";
    };
  }

  private static Path file(Path dir, String name) throws DatasetException {
    return find(dir, name)
        .orElseThrow(
            () ->
                new DatasetException(
                    "%s: expected %s.gz (or %s) of Fashion-MNIST there, found no such file; copy"
                        + " the data set's four files into this folder or name theirs",
                    dir, name, name));
  }

  private static Optional<Path> find(Path dir, String name) {
    return Stream.of(dir.resolve(name + ".gz"), dir.resolve(name))
        .filter(Files::isRegularFile)
        .findFirst();
  }
}
