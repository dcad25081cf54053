package io.github.deit4j.data.set;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.data.set.Finding.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Everything in a folder of class folders that no image of a class is, by the files' names. */
final class ImageFolderSurvey {
  private final Path dir;
  private final List<Finding> findings = new ArrayList<>();

  ImageFolderSurvey(Path dir) {
    this.dir = dir;
  }

  /** Says what is wrong with a split beside train that has no class folders. */
  static String withoutClasses(Path dir, String split) throws DatasetException {
    boolean empty = entries(dir.resolve(split)).isEmpty();
    return "expected class folders with images, as in %s, found %s; fill it or remove it"
        .formatted(
            dir.resolve(ImageFileFormat.TRAIN), empty ? "an empty folder" : "no folder in it");
  }

  /** Returns what there is, sorted by folder. */
  List<Finding> findings() throws DatasetException {
    if (!Files.isDirectory(dir)) {
      throw new DatasetException(dir + ": expected a folder, found none");
    }
    List<String> splits = ImageFolder.splitsWithClasses(dir);
    if (splits.isEmpty()) {
      classFolders(dir, ImageFolder.classes(dir));
      return findings;
    }
    besideSplits(splits);
    var all = new TreeSet<String>();
    for (String split : splits) {
      all.addAll(ImageFolder.classes(dir.resolve(split)));
    }
    for (String split : splits) {
      classFolders(dir.resolve(split), ImageFolder.sortedClasses(all));
    }
    return findings;
  }

  private void besideSplits(List<String> splits) throws DatasetException {
    boolean trainOnly = splits.equals(List.of(ImageFileFormat.TRAIN));
    for (Path entry : entries(dir)) {
      String name = entry.getFileName().toString();
      boolean test = ImageFileFormat.TESTS.contains(name);
      if (Files.isDirectory(entry) && !test && !name.equals(ImageFileFormat.TRAIN)) {
        add(Kind.STRAY, entry, "a folder beside " + String.join(" and ", splits));
      } else if (Files.isDirectory(entry) && test && trainOnly) {
        add(Kind.EMPTY, entry, withoutClasses(dir, name));
      } else if (ImageFolder.isImage(entry) && !Files.isDirectory(entry)) {
        add(Kind.STRAY, entry, "an image in no class folder");
      }
    }
  }

  private void classFolders(Path root, List<String> classes) throws DatasetException {
    for (Path entry : entries(root)) {
      if (!Files.isDirectory(entry) && ImageFolder.isImage(entry)) {
        add(Kind.STRAY, entry, "an image in no class folder");
      }
    }
    for (String name : classes) {
      Path folder = root.resolve(name);
      if (Files.isDirectory(folder)) {
        classFolder(folder);
      } else {
        add(Kind.EMPTY, folder, "no folder of this class, which the other split has");
      }
    }
  }

  private void classFolder(Path folder) throws DatasetException {
    List<Path> files = ImageFolder.files(folder).stream().sorted().toList();
    if (files.stream().noneMatch(ImageFolder::isImage)) {
      add(Kind.EMPTY, folder, ImageFolder.withoutImages(files.size()));
    }
    for (Path file : files) {
      if (ImageFolder.isOfOtherFormat(file)) {
        String formats = String.join(", ", ImageDecoder.EXTENSIONS);
        add(Kind.UNSUPPORTED, file, "none of the formats that can be read: " + formats);
      } else if (!ImageFolder.isImage(file)) {
        add(Kind.STRAY, file, "no image by its name");
      }
    }
  }

  private static List<Path> entries(Path folder) throws DatasetException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(entry -> !ImageFolder.isHidden(entry)).sorted().toList();
    } catch (IOException e) {
      throw new DatasetException(folder + ": the folder can't be read: " + e, e);
    }
  }

  private void add(Kind kind, Path file, String reason) {
    String path = dir.relativize(file).toString().replace(dir.getFileSystem().getSeparator(), "/");
    findings.add(new Finding(kind, path, reason));
  }
}
