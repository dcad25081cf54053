package io.github.deit4j.data.set;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Split;
import io.github.deit4j.data.jpeg.JpegDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The data sets that recipes name, and where their files are looked for. */
public final class Datasets {
  /** Fashion-MNIST, see {@link FashionMnist}. */
  public static final String FASHION_MNIST = "fashion-mnist";

  /** CIFAR-10, see {@link CifarDataset}. */
  public static final String CIFAR10 = "cifar10";

  /** CIFAR-100, see {@link CifarDataset}. */
  public static final String CIFAR100 = "cifar100";

  /**
   * Any images in one folder per class, see {@link ImageFolder}, or packed, {@link PackedImages}.
   */
  public static final String IMAGE_FOLDER = "image-folder";

  /** All names. */
  public static final List<String> NAMES = List.of(FASHION_MNIST, CIFAR10, CIFAR100, IMAGE_FOLDER);

  private static final List<Path> SYSTEM_FOLDERS =
      List.of(Path.of("/usr/share/datasets"), Path.of("/usr/local/share/datasets"));

  private Datasets() {}

  /**
   * Opens a data set by its name.
   *
   * @param name one of {@link #NAMES}
   * @param dir the folder with its files
   * @param split the part to open
   * @throws DatasetException if the name is unknown, or files are missing or not as they should be
   */
  public static Dataset open(String name, Path dir, Split split) throws DatasetException {
    return open(name, dir, split, JpegDecoder.best());
  }

  /**
   * Opens a data set by its name.
   *
   * @param jpeg decodes JPEG files
   * @throws DatasetException as {@link #open(String, Path, Split)}, and if the decoder is missing
   */
  public static Dataset open(String name, Path dir, Split split, JpegDecoder jpeg)
      throws DatasetException {
    return switch (name) {
      case FASHION_MNIST -> FashionMnist.open(dir, split);
      case CIFAR10 -> CifarDataset.openCifar10(dir, split);
      case CIFAR100 -> CifarDataset.openCifar100(dir, split);
      case IMAGE_FOLDER ->
          PackFolder.is(dir)
              ? PackFolder.open(dir, split, jpeg)
              : ImageFolder.open(dir, split, jpeg);
      default ->
          throw new DatasetException(
              "data set: expected one of " + NAMES + ", found \"" + name + "\"");
    };
  }

  /** Tells whether a folder of images or of packs is split into training and test images. */
  public static boolean hasSplits(Path dir) throws DatasetException {
    return PackFolder.is(dir) ? PackFolder.hasSplits(dir) : ImageFolder.hasSplits(dir);
  }

  /**
   * Opens a folder of images, or the pack of one, that isn't split.
   *
   * @throws DatasetException as {@link ImageFolder#open(Path)}
   */
  public static Dataset openWhole(Path dir, JpegDecoder jpeg) throws DatasetException {
    return PackFolder.is(dir) ? PackFolder.open(dir, jpeg) : ImageFolder.open(dir, jpeg);
  }

  /**
   * Finds a data set's folder: the explicit one if given, else the first of {@code
   * $DEIT4J_DATA/NAME}, {@code ~/.cache/deit4j/NAME}, {@code /usr/share/datasets/NAME} and {@code
   * /usr/local/share/datasets/NAME} that is a folder and not empty.
   *
   * @param name the data set's name
   * @param explicit the folder that the user named
   * @param env the environment
   * @throws DatasetException if there is none; the message lists the places looked at
   */
  public static Path locate(String name, Optional<Path> explicit, Map<String, String> env)
      throws DatasetException {
    if (explicit.isPresent()) {
      Path dir = explicit.get();
      if (!Files.isDirectory(dir)) {
        throw new DatasetException(
            dir + ": expected a folder with the files of " + name + ", found none");
      }
      return dir;
    }
    List<Path> candidates = candidates(name, env);
    for (Path candidate : candidates) {
      if (hasEntries(candidate)) {
        return candidate;
      }
    }
    throw new DatasetException(
        "no data for "
            + name
            + ": expected a folder with its files at one of "
            + candidates
            + ", found none; name it with --data, or set DEIT4J_DATA to the folder above it");
  }

  /**
   * Tells which data set's files are in a folder, whichever split; a folder without the files of
   * the others is taken for folders of images.
   *
   * @return one of {@link #NAMES}
   * @throws DatasetException if there is no such folder
   */
  public static String detect(Path dir) throws DatasetException {
    if (!Files.isDirectory(dir)) {
      throw new DatasetException(dir + ": expected a folder with a data set's files, found none");
    }
    if (FashionMnist.isIn(dir)) {
      return FASHION_MNIST;
    }
    if (CifarDataset.isCifar10In(dir)) {
      return CIFAR10;
    }
    return CifarDataset.isCifar100In(dir) ? CIFAR100 : IMAGE_FOLDER;
  }

  /**
   * Returns the folder that keeps the fetched files of a data set, {@code ~/.cache/deit4j/NAME}.
   */
  public static Path cacheFolder(String name, Map<String, String> env) {
    String home = env.getOrDefault("HOME", System.getProperty("user.home"));
    return Path.of(home, ".cache", "deit4j", name);
  }

  static List<Path> candidates(String name, Map<String, String> env) {
    List<Path> candidates = new ArrayList<>();
    String data = env.getOrDefault("DEIT4J_DATA", "");
    if (!data.isBlank()) {
      candidates.add(Path.of(data, name));
    }
    candidates.add(cacheFolder(name, env));
    SYSTEM_FOLDERS.forEach(folder -> candidates.add(folder.resolve(name)));
    return candidates;
  }

  private static boolean hasEntries(Path dir) {
    if (!Files.isDirectory(dir)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.findAny().isPresent();
    } catch (IOException e) {
      return false; // not ours to read, so not the place
    }
  }
}
