package io.github.deit4j.data.set;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageDecoder;
import io.github.deit4j.data.Reduction;
import io.github.deit4j.data.Split;
import io.github.deit4j.data.jpeg.JpegDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * RGB images in one folder per class, as ImageNet is usually unpacked. A class is a folder, named
 * and sorted by its name's code points; its images are the {@linkplain ImageDecoder#EXTENSIONS
 * image files} below it, sorted by folder and name. Hidden files and folders are left out, links
 * are followed, loops of links end where they close.
 */
public final class ImageFolder implements Dataset {
  /** What a folder without splits is called where splits have names. */
  static final String WHOLE = "images";

  static final String TRAIN_FOLDER = "train";
  static final List<String> TEST_FOLDERS = List.of("val", "valid", "validation", "test");

  private final Path root;
  private final JpegDecoder jpeg;
  private final List<String> classNames;
  private final String[] files;
  private final int[] labels;

  private ImageFolder(
      Path root, JpegDecoder jpeg, List<String> classNames, List<List<String>> filesOfClasses) {
    this.root = root;
    this.jpeg = jpeg;
    this.classNames = classNames;
    int count = filesOfClasses.stream().mapToInt(List::size).sum();
    this.files = new String[count];
    this.labels = new int[count];
    int index = 0;
    for (int label = 0; label < classNames.size(); label++) {
      for (String file : filesOfClasses.get(label)) {
        files[index] = file;
        labels[index++] = label;
      }
    }
  }

  /**
   * Opens a folder of class folders, without splits.
   *
   * @throws DatasetException if there is no class, a class has no image or one of a format that
   *     can't be decoded, or a folder can't be read
   */
  public static ImageFolder open(Path dir) throws DatasetException {
    return open(dir, JpegDecoder.best());
  }

  /**
   * Opens a folder of class folders as {@link #open(Path)}.
   *
   * @param jpeg decodes the JPEG files
   */
  public static ImageFolder open(Path dir, JpegDecoder jpeg) throws DatasetException {
    jpeg.requireAvailable();
    List<String> classes = FolderScan.classes(dir);
    if (classes.isEmpty()) {
      throw new DatasetException(
          dir + ": expected one folder of images per class there, found no folder");
    }
    List<List<String>> files = new ArrayList<>();
    for (String name : classes) {
      files.add(FolderScan.images(dir, name));
    }
    return new ImageFolder(dir, jpeg, classes, files);
  }

  /**
   * Opens one split of a folder: {@code train}, or {@code val}, {@code valid}, {@code validation}
   * or {@code test}, each with the same class folders. A folder that isn't split serves for
   * training only, so that nobody evaluates on what was trained on without knowing; {@link
   * #open(Path)} opens it for any use.
   *
   * @throws DatasetException as {@link #open(Path)}, and if the split is missing or the splits'
   *     classes differ
   */
  public static ImageFolder open(Path dir, Split split) throws DatasetException {
    return open(dir, split, JpegDecoder.best());
  }

  /**
   * Opens one split of a folder as {@link #open(Path, Split)}.
   *
   * @param jpeg decodes the JPEG files
   */
  public static ImageFolder open(Path dir, Split split, JpegDecoder jpeg) throws DatasetException {
    Path train = splitFolder(dir, List.of(TRAIN_FOLDER));
    Path test = splitFolder(dir, TEST_FOLDERS);
    if (train != null && test != null) {
      requireSameClasses(train, test);
    }
    return switch (split) {
      case TRAIN -> {
        if (train == null && test != null) {
          throw missing(dir, TRAIN_FOLDER, test.getFileName().toString());
        }
        yield open(train == null ? dir : train, jpeg);
      }
      case TEST -> {
        if (test == null) {
          throw missing(
              dir,
              String.join(", ", TEST_FOLDERS),
              train == null ? "no split" : TRAIN_FOLDER + " only");
        }
        yield open(test, jpeg);
      }
    };
  }

  /**
   * Opens all that there is: the splits by the names of their folders, or the whole folder as
   * {@code images}.
   *
   * @throws DatasetException as {@link #open(Path, Split)}
   */
  public static Map<String, ImageFolder> splits(Path dir) throws DatasetException {
    if (!hasSplits(dir)) {
      return Map.of(WHOLE, open(dir, JpegDecoder.IMAGEIO));
    }
    Map<String, ImageFolder> splits = new TreeMap<>();
    for (List<String> names : List.of(List.of(TRAIN_FOLDER), TEST_FOLDERS)) {
      Path folder = splitFolder(dir, names);
      if (folder != null) {
        splits.put(folder.getFileName().toString(), open(folder, JpegDecoder.IMAGEIO));
      }
    }
    return splits;
  }

  /** Tells whether a folder is split into training and test images. */
  public static boolean hasSplits(Path dir) throws DatasetException {
    return splitFolder(dir, List.of(TRAIN_FOLDER)) != null
        || splitFolder(dir, TEST_FOLDERS) != null;
  }

  // A folder without folders inside is no split but a class of that name: trains, say.
  private static Path splitFolder(Path dir, List<String> names) throws DatasetException {
    for (String name : names) {
      Path folder = dir.resolve(name);
      if (Files.isDirectory(folder) && !FolderScan.classes(folder).isEmpty()) {
        return folder;
      }
    }
    return null;
  }

  private static void requireSameClasses(Path train, Path test) throws DatasetException {
    List<String> trained = FolderScan.classes(train);
    List<String> tested = FolderScan.classes(test);
    if (!trained.equals(tested)) {
      throw new DatasetException(
          ("%s and %s must have the same class folders, found only in the first: %s; "
                  + "only in the second: %s")
              .formatted(train, test, without(trained, tested), without(tested, trained)));
    }
  }

  private static List<String> without(List<String> names, List<String> others) {
    return names.stream().filter(name -> !others.contains(name)).toList();
  }

  private static DatasetException missing(Path dir, String expected, String found) {
    return new DatasetException(
        "%s: expected a folder %s there with the class folders inside, found %s"
            .formatted(dir, expected, found));
  }

  /** Returns the image's file below the folder, with slashes. */
  String path(int index) {
    return files[index].replace(root.getFileSystem().getSeparator(), "/");
  }

  @Override
  public int size() {
    return files.length;
  }

  @Override
  public int channels() {
    return 3;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public Image image(int index) throws CorruptImageException {
    return image(index, Reduction.NONE);
  }

  @Override
  public Image image(int index, Reduction reduction) throws CorruptImageException {
    return ImageDecoder.decode(root.resolve(files[index]), jpeg, reduction);
  }

  @Override
  public String name(int index) {
    return root.resolve(files[index]).toString();
  }
}
