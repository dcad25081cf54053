package io.github.deit4j.data.set;

import static java.util.stream.Collectors.collectingAndThen;
import static java.util.stream.Collectors.toList;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.decode.ImageDecoder;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Images in one folder per class, as ImageNet is usually unpacked. A class is a folder, sorted by
 * its name's code points, or as numbers where all names are whole numbers, as those of ImageNet-V2
 * (Recht et al. 2019) are; its images are the {@linkplain ImageDecoder#EXTENSIONS image files}
 * below it, sorted by folder and name. Hidden files and folders are left out, links are followed,
 * loops of links end where they close.
 *
 * <p>Splits are folders of class folders: {@code train}, and {@code val}, {@code valid}, {@code
 * validation} or {@code test}, the first of them that there is, with the same classes.
 */
final class ImageFolder extends ImageFileFormat {
  /** The order of names: by code point, on every system. */
  private static final Comparator<String> CODE_POINT_ORDER =
      (a, b) -> Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());

  private static final Predicate<String> WHOLE_NUMBER =
      Pattern.compile("[0-9]{1,9}").asMatchPredicate();

  /**
   * Formats that other tools read. Such files are images that can't be decoded: to skip them in
   * silence would train on a part of the data.
   */
  private static final Set<String> OTHER_IMAGES =
      Set.of("avif", "heic", "jp2", "jxl", "pbm", "pgm", "ppm");

  ImageFolder() {
    super(
        "image-folder",
        false,
        "%s: expected a folder %s there with the class folders inside, found %s");
  }

  /** Any folder may be one of class folders. */
  @Override
  public boolean isIn(Path dir) {
    return true;
  }

  // A folder without folders inside is no split but a class of that name: trains, say.
  @Override
  List<String> splits(Path dir) throws DatasetException {
    List<String> found = splitsWithClasses(dir);
    if (found.equals(List.of(TRAIN))) {
      for (String name : TESTS) {
        if (Files.isDirectory(dir.resolve(name))) {
          throw new DatasetException(
              "%s: %s", dir.resolve(name), ImageFolderSurvey.withoutClasses(dir, name));
        }
      }
    }
    return found;
  }

  /** Returns train, and the first of the others that has folders inside. */
  static List<String> splitsWithClasses(Path dir) throws DatasetException {
    List<String> found = new ArrayList<>();
    for (List<String> names : List.of(List.of(TRAIN), TESTS)) {
      for (String name : names) {
        if (Files.isDirectory(dir.resolve(name)) && !classes(dir.resolve(name)).isEmpty()) {
          found.add(name);
          break;
        }
      }
    }
    return found;
  }

  @Override
  public List<Finding> survey(Path dir) throws DatasetException {
    return isPacked(dir) ? List.of() : new ImageFolderSurvey(dir).findings();
  }

  @Override
  ImageFiles list(Path dir, String split, Decoding decoding) throws DatasetException {
    requireSameClasses(dir, splits(dir));
    Path root = split.equals(WHOLE) ? dir : dir.resolve(split);
    List<String> classes = classes(root);
    if (classes.isEmpty()) {
      throw new DatasetException(
          root + ": expected one folder of images per class there, found no folder");
    }
    var images = new ImageFiles.Builder(root);
    for (int label = 0; label < classes.size(); label++) {
      for (Path file : images(root.resolve(classes.get(label)))) {
        images.add(root.relativize(file).toString(), label);
      }
    }
    return images.build(classes, decoding);
  }

  private static void requireSameClasses(Path dir, List<String> splits) throws DatasetException {
    if (splits.size() < 2) {
      return;
    }
    Path train = dir.resolve(splits.getFirst());
    Path test = dir.resolve(splits.getLast());
    List<String> trained = classes(train);
    List<String> tested = classes(test);
    if (!trained.equals(tested)) {
      throw new DatasetException(
          "%s and %s must have the same class folders, found only in the first: %s; "
              + "only in the second: %s",
          train, test, without(trained, tested), without(tested, trained));
    }
  }

  private static List<String> without(List<String> names, List<String> others) {
    return names.stream().filter(name -> !others.contains(name)).toList();
  }

  /** Returns the names of the folders in a folder, hidden ones left out. */
  static List<String> classes(Path dir) throws DatasetException {
    if (!Files.isDirectory(dir)) {
      throw new DatasetException(dir + ": expected a folder, found none");
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries
          .filter(entry -> !isHidden(entry) && Files.isDirectory(entry))
          .map(ImageFolder::fileName)
          .collect(collectingAndThen(toList(), ImageFolder::sortedClasses));
    } catch (IOException e) {
      throw new DatasetException(dir + ": the folder can't be read: " + e, e);
    }
  }

  /** Returns the names of classes in the order of their labels. */
  static List<String> sortedClasses(Collection<String> names) {
    boolean numbers = names.stream().allMatch(WHOLE_NUMBER);
    Comparator<String> order =
        numbers
            ? Comparator.<String>comparingInt(Integer::parseInt).thenComparing(CODE_POINT_ORDER)
            : CODE_POINT_ORDER;
    return names.stream().sorted(order).toList();
  }

  /** Returns the image files below a class folder, those of other formats, too. */
  private static List<Path> images(Path folder) throws DatasetException {
    List<Path> files = files(folder);
    List<Path> images =
        files.stream()
            .filter(ImageFolder::isImage)
            .sorted(
                Comparator.comparing(ImageFolder::parentName, CODE_POINT_ORDER)
                    .thenComparing(ImageFolder::fileName, CODE_POINT_ORDER))
            .toList();
    if (images.isEmpty()) {
      throw new DatasetException("%s: %s", folder, withoutImages(files.size()));
    }
    return images;
  }

  /** Says what is wrong with a class folder of so many other files. */
  static String withoutImages(int files) {
    return "expected images (%s) of this class, found %d files and no image; add some or remove the folder"
        .formatted(String.join(", ", ImageDecoder.EXTENSIONS), files);
  }

  /** Returns whether a file is an image by its name, of whichever format. */
  static boolean isImage(Path file) {
    return ImageDecoder.EXTENSIONS.contains(extension(file)) || isOfOtherFormat(file);
  }

  /** Returns whether a file is an image of a format that can't be decoded. */
  static boolean isOfOtherFormat(Path file) {
    return OTHER_IMAGES.contains(extension(file));
  }

  /** Returns the files below a class folder, hidden ones left out. */
  static List<Path> files(Path folder) throws DatasetException {
    var files = new Collector();
    try {
      Files.walkFileTree(
          folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, files);
    } catch (IOException e) {
      throw new DatasetException(folder + ": the folder can't be read: " + e, e);
    }
    return files.found;
  }

  private static final class Collector extends SimpleFileVisitor<Path> {
    private final List<Path> found = new ArrayList<>();

    @Override
    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
      return isHidden(dir) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      // A link is followed unless it leads nowhere; such a one is kept, to be counted as
      // unreadable.
      if ((attributes.isRegularFile() || attributes.isSymbolicLink()) && !isHidden(file)) {
        found.add(file);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof FileSystemLoopException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }
  }

  static boolean isHidden(Path path) {
    return fileName(path).startsWith(".");
  }

  private static String parentName(Path file) {
    return file.getParent().toString();
  }

  private static String fileName(Path file) {
    return file.getFileName().toString();
  }

  /** Returns the end of a file's name, in lower case. */
  static String extension(Path file) {
    String name = fileName(file);
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
