package io.github.deit4j.data.set;

import io.github.deit4j.data.DatasetException;
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
  /** All data sets, the one that takes any folder last. */
  public static final List<DatasetFormat> ALL =
      List.of(
          new FashionMnist(),
          Cifar.CIFAR10,
          Cifar.CIFAR100,
          new INaturalist(),
          new OwnImages(),
          new ImageList(),
          new ImageFolder());

  private static final List<Path> SYSTEM_FOLDERS =
      List.of(Path.of("/usr/share/datasets"), Path.of("/usr/local/share/datasets"));

  private Datasets() {}

  /** Returns all names. */
  public static List<String> names() {
    return ALL.stream().map(DatasetFormat::name).toList();
  }

  /**
   * Returns a data set by its name.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static DatasetFormat named(String name) {
    return ALL.stream()
        .filter(format -> format.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "data set: expected one of " + names() + ", found \"" + name + "\""));
  }

  /**
   * Tells which data set's files are in a folder, whichever split; a folder without the files of
   * the others is taken for folders of images.
   *
   * @throws DatasetException if there is no such folder
   */
  public static DatasetFormat detect(Path dir) throws DatasetException {
    if (!Files.isDirectory(dir)) {
      throw new DatasetException(dir + ": expected a folder with a data set's files, found none");
    }
    return ALL.stream().filter(format -> format.isIn(dir)).findFirst().orElseThrow();
  }

  /** Returns the data set of a folder as {@link #detect} does, of those whose images are files. */
  public static ImageFileFormat detectImageFiles(Path dir) {
    return (ImageFileFormat)
        ALL.stream()
            .filter(format -> format instanceof ImageFileFormat && format.isIn(dir))
            .findFirst()
            .orElseThrow();
  }

  /**
   * Finds a data set's folder: the explicit one if given, else the first of {@code
   * $DEIT4J_DATA/NAME}, {@code ~/.cache/deit4j/NAME}, {@code /usr/share/datasets/NAME} and {@code
   * /usr/local/share/datasets/NAME} that is a folder and not empty.
   *
   * @param explicit the folder that the user named
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
    List<Path> candidates = new ArrayList<>();
    String data = env.getOrDefault("DEIT4J_DATA", "");
    if (!data.isBlank()) {
      candidates.add(Path.of(data, name));
    }
    candidates.add(cacheFolder(name, env));
    SYSTEM_FOLDERS.forEach(folder -> candidates.add(folder.resolve(name)));
    return candidates.stream()
        .filter(Datasets::hasEntries)
        .findFirst()
        .orElseThrow(
            () ->
                new DatasetException(
                    "no data for %s: expected a folder with its files at one of %s, found none;"
                            .formatted(name, candidates)
                        + " name it with --data, or set DEIT4J_DATA to the folder above it"));
  }

  /**
   * Returns the folder that keeps the fetched files of a data set, {@code ~/.cache/deit4j/NAME}.
   */
  public static Path cacheFolder(String name, Map<String, String> env) {
    String home = env.getOrDefault("HOME", System.getProperty("user.home"));
    return Path.of(home, ".cache", "deit4j", name);
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
