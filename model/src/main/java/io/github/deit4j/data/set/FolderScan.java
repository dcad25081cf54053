package io.github.deit4j.data.set;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.ImageDecoder;
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
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Finds the class folders of a folder and the image files of a class, in a fixed order. */
final class FolderScan {
  /** Formats that other tools read: to skip them in silence would train on a part of the data. */
  private static final Set<String> OTHER_IMAGES =
      Set.of("avif", "heic", "jp2", "jxl", "pbm", "pgm", "ppm", "tif", "tiff", "webp");

  private static final Comparator<String> CODE_POINT_ORDER =
      (a, b) -> Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());

  private FolderScan() {}

  /** Returns the names of the folders in a folder, hidden ones left out. */
  static List<String> classes(Path dir) throws DatasetException {
    if (!Files.isDirectory(dir)) {
      throw new DatasetException(dir + ": expected a folder, found none");
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries
          .filter(entry -> !isHidden(entry) && Files.isDirectory(entry))
          .map(entry -> entry.getFileName().toString())
          .sorted(CODE_POINT_ORDER)
          .toList();
    } catch (IOException e) {
      throw new DatasetException(dir + ": the folder can't be read: " + e, e);
    }
  }

  /** Returns the image files below a class folder, relative to {@code root}. */
  static List<String> images(Path root, String className) throws DatasetException {
    Path folder = root.resolve(className);
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, collector(files));
    } catch (IOException e) {
      throw new DatasetException(folder + ": the folder can't be read: " + e, e);
    }
    List<String> images =
        files.stream()
            .filter(file -> ImageDecoder.EXTENSIONS.contains(extension(file)))
            .sorted(
                Comparator.comparing(FolderScan::parentName, CODE_POINT_ORDER)
                    .thenComparing(FolderScan::fileName, CODE_POINT_ORDER))
            .map(file -> root.relativize(file).toString())
            .toList();
    requireImages(folder, files, images);
    return images;
  }

  private static void requireImages(Path folder, List<Path> files, List<String> images)
      throws DatasetException {
    List<Path> unreadable =
        files.stream().filter(file -> OTHER_IMAGES.contains(extension(file))).sorted().toList();
    if (!unreadable.isEmpty()) {
      throw new DatasetException(
          ("%s: expected images of the formats %s, found %d of others, first %s; "
                  + "convert or remove them")
              .formatted(
                  folder, ImageDecoder.EXTENSIONS, unreadable.size(), unreadable.getFirst()));
    }
    if (images.isEmpty()) {
      throw new DatasetException(
          ("%s: expected images (%s) of this class, found %d files and no image; "
                  + "add some or remove the folder")
              .formatted(folder, String.join(", ", ImageDecoder.EXTENSIONS), files.size()));
    }
  }

  private static SimpleFileVisitor<Path> collector(List<Path> files) {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
        return isHidden(dir) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        // A link is followed unless it leads nowhere; such a one is kept, to be counted as
        // unreadable.
        if ((attributes.isRegularFile() || attributes.isSymbolicLink()) && !isHidden(file)) {
          files.add(file);
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
    };
  }

  private static boolean isHidden(Path path) {
    return fileName(path).startsWith(".");
  }

  private static String parentName(Path file) {
    return file.getParent().toString();
  }

  private static String fileName(Path file) {
    return file.getFileName().toString();
  }

  private static String extension(Path file) {
    String name = fileName(file);
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
