package io.github.deit4j.data.set;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.set.Finding.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Images that a file {@code images.csv} lists, in its order: a header that names the columns {@code
 * path}, {@code label} and {@code split}, in any order and with others beside them, then a line for
 * each image. A path is relative to the list's folder, with slashes, and stays in it. A label is
 * the name of a class; classes are sorted as folders of classes are. A split is {@code train},
 * {@code val} or {@code test}.
 */
final class ImageList extends ImageFileFormat {
  private static final String FILE = "images.csv";
  private static final List<String> COLUMNS = List.of("path", "label", "split");
  private static final List<String> SPLITS = List.of(TRAIN, "val", "test");
  private static final int LONGEST_LABEL = 200;

  /** A line of the list, and where it is, for messages. */
  private record Entry(String where, String path, String label, String split) {}

  ImageList() {
    super("image-list", false, "%s/" + FILE + ": expected images of the split %s, found %s");
  }

  @Override
  public boolean isIn(Path dir) {
    return Files.isRegularFile(dir.resolve(FILE));
  }

  @Override
  List<String> splits(Path dir) throws DatasetException {
    List<String> splits = read(dir.resolve(FILE)).stream().map(Entry::split).distinct().toList();
    return SPLITS.stream().filter(splits::contains).toList();
  }

  /** Finds all entries whose files are not there, and images that are not in the list. */
  @Override
  public List<Finding> survey(Path dir) throws DatasetException {
    if (isPacked(dir)) {
      return List.of();
    }
    List<Finding> findings = new ArrayList<>();
    Set<Path> listed = new HashSet<>();
    for (Entry entry : read(dir.resolve(FILE))) {
      Path file = dir.resolve(plain(entry.path));
      listed.add(file);
      if (!Files.isRegularFile(file)) {
        findings.add(
            new Finding(Kind.EMPTY, entry.path, "no such file, but a line of " + entry.where));
      } else if (ImageFolder.isOfOtherFormat(file)) {
        findings.add(
            new Finding(Kind.UNSUPPORTED, entry.path, "none of the formats that can be read"));
      }
    }
    for (Path file : ImageFolder.files(dir).stream().sorted().toList()) {
      if (ImageFolder.isImage(file) && !listed.contains(file)) {
        String path =
            dir.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
        findings.add(new Finding(Kind.STRAY, path, "an image that is not in " + FILE));
      }
    }
    return findings;
  }

  @Override
  ImageFiles list(Path dir, String split, Decoding decoding) throws DatasetException {
    List<Entry> entries = read(dir.resolve(FILE));
    List<String> classes = classes(entries);
    Map<String, Integer> labels = new HashMap<>();
    classes.forEach(name -> labels.put(name, labels.size()));
    var images = new ImageFiles.Builder(dir);
    for (Entry entry : entries) {
      if (entry.split.equals(split)) {
        images.addListed(entry.where, entry.path, labels.get(entry.label));
      }
    }
    return images.build(classes, decoding);
  }

  /** Those of the training images, so that every class can be learned, or of all without any. */
  private static List<String> classes(List<Entry> entries) throws DatasetException {
    Set<String> trained = new HashSet<>();
    entries.stream().filter(e -> e.split.equals(TRAIN)).map(Entry::label).forEach(trained::add);
    if (trained.isEmpty()) {
      entries.stream().map(Entry::label).forEach(trained::add);
    }
    for (Entry entry : entries) {
      if (!trained.contains(entry.label)) {
        throw new DatasetException(
            "%s: expected a label that a training image has, found \"%s\"",
            entry.where, entry.label);
      }
    }
    return ImageFolder.sortedClasses(trained);
  }

  private static List<Entry> read(Path file) throws DatasetException {
    CsvReader csv = CsvReader.open(file, COLUMNS);
    List<String> header = csv.next();
    if (header == null) {
      throw new DatasetException(
          file + ": expected a header with the columns %s, found nothing".formatted(COLUMNS));
    }
    int[] columns = COLUMNS.stream().mapToInt(header::indexOf).toArray();
    for (int i = 0; i < columns.length; i++) {
      String name = COLUMNS.get(i);
      if (columns[i] < 0 || columns[i] != header.lastIndexOf(name)) {
        throw new DatasetException(
            "%s: expected a header with one column \"%s\", found %s", csv.where(), name, header);
      }
    }
    List<Entry> entries = new ArrayList<>();
    Map<String, String> listed = new HashMap<>();
    for (List<String> row = csv.next(); row != null; row = csv.next()) {
      if (row.size() != header.size()) {
        throw new DatasetException(
            "%s: expected %d fields as in the header, found %d",
            csv.where(), header.size(), row.size());
      }
      var entry =
          new Entry(csv.where(), row.get(columns[0]), row.get(columns[1]), row.get(columns[2]));
      requireSense(entry);
      String before = listed.putIfAbsent(plain(entry.path), entry.where);
      if (before != null) {
        throw new DatasetException(
            "%s: expected each image once, found %s again after %s",
            entry.where, entry.path, before);
      }
      entries.add(entry);
    }
    if (entries.isEmpty()) {
      throw new DatasetException(file + ": expected a line for each image, found only the header");
    }
    return entries;
  }

  /** Returns the path without the parts that lead nowhere, as in {@code ./a//b.jpg}. */
  private static String plain(String path) {
    return Stream.of(path.split("/"))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .collect(Collectors.joining("/"));
  }

  private static void requireSense(Entry entry) throws DatasetException {
    if (!SPLITS.contains(entry.split)) {
      throw new DatasetException(
          "%s: expected the split %s, found \"%s\"",
          entry.where, String.join(", ", SPLITS), entry.split);
    }
    boolean printable = entry.label.codePoints().noneMatch(Character::isISOControl);
    if (entry.label.isBlank() || entry.label.length() > LONGEST_LABEL || !printable) {
      throw new DatasetException(
          "%s: expected a label of 1 to %d printable characters, found \"%s\"",
          entry.where, LONGEST_LABEL, entry.label);
    }
    if (entry.path.isBlank()) {
      throw new DatasetException(entry.where + ": expected an image's path, found none");
    }
  }
}
