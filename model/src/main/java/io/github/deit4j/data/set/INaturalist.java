package io.github.deit4j.data.set;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * iNaturalist as its competitions publish it (github.com/visipedia/inat_comp): {@code
 * train2018.json} and {@code val2018.json}, or those of another year, each with {@code images} (id,
 * file_name), {@code annotations} (image_id, category_id) and {@code categories} (id, name); the
 * file names lead to the images from the folder of these files. {@code categories.json}, a list of
 * categories with the names that were kept secret until a competition ended, takes the place of
 * theirs.
 *
 * <p>Classes are the categories by id, also those without an image.
 */
final class INaturalist extends ImageFileFormat {
  private static final String CATEGORIES = "categories.json";
  private static final Pattern FILE = Pattern.compile("(train|val)20[0-9]{2}\\.json");

  INaturalist() {
    super(
        "inaturalist",
        true,
        "%s: expected a file of annotations of the split %s, such as val2018.json, found %s; for one"
            + " folder of images per class set data=image-folder");
  }

  @Override
  public boolean isIn(Path dir) {
    return !annotationFiles(dir).isEmpty();
  }

  @Override
  List<String> splits(Path dir) throws DatasetException {
    List<String> found = new ArrayList<>();
    for (String split : List.of(TRAIN, "val")) {
      if (file(dir, split).isPresent()) {
        found.add(split);
      }
    }
    if (found.isEmpty()) {
      throw missing(dir, TRAIN + ", val", "no such file");
    }
    return found;
  }

  private static List<Path> annotationFiles(Path dir) {
    try (Stream<Path> entries = Files.list(dir)) {
      return entries
          .filter(file -> FILE.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of(); // not ours to read
    }
  }

  private static Optional<Path> file(Path dir, String split) throws DatasetException {
    List<Path> files =
        annotationFiles(dir).stream()
            .filter(file -> file.getFileName().toString().startsWith(split))
            .toList();
    if (files.size() > 1) {
      throw new DatasetException(
          "%s: expected the files of one year, found %s; move the others away", dir, files);
    }
    return files.stream().findFirst();
  }

  @Override
  ImageFiles list(Path dir, String split, Decoding decoding) throws DatasetException {
    Path file = file(dir, split).orElseThrow();
    try {
      return new Annotations(dir, file, categories(dir, file)).images(decoding);
    } catch (DatasetException e) {
      throw e;
    } catch (IOException e) {
      throw new DatasetException(e.getMessage(), e);
    }
  }

  /** Returns the names by id: the published ones, else the training file's, else the file's own. */
  private static TreeMap<Long, String> categories(Path dir, Path file) throws IOException {
    TreeMap<Long, String> names = new TreeMap<>();
    Path published = dir.resolve(CATEGORIES);
    boolean isPublished = Files.isRegularFile(published);
    Path source = isPublished ? published : file(dir, TRAIN).orElse(file);
    String array = isPublished ? "" : "categories";
    Json.readArrays(source, Map.of(array, category -> add(names, category)));
    if (names.isEmpty()) {
      throw new DatasetException(source + ": expected categories, found none");
    }
    return names;
  }

  private static void add(Map<Long, String> names, JsonValue category) throws IOException {
    long id = category.get("id").asLong();
    if (names.put(id, category.get("name").asString()) != null) {
      throw category.error("expected each id once, found " + id + " again");
    }
  }

  /** One file of images and their categories, which may come in either order. */
  private static final class Annotations {
    private final Path dir;
    private final Path file;
    private final List<String> classNames;
    private final Map<Long, Integer> labels = new HashMap<>();
    private final Map<Long, String> files = new LinkedHashMap<>();
    private final Map<Long, Integer> labelOfImage = new HashMap<>();

    Annotations(Path dir, Path file, TreeMap<Long, String> categories) {
      this.dir = dir;
      this.file = file;
      this.classNames = List.copyOf(categories.values());
      categories.keySet().forEach(id -> labels.put(id, labels.size()));
    }

    ImageFiles images(Decoding decoding) throws IOException {
      Json.readArrays(file, Map.of("images", this::addImage, "annotations", this::addAnnotation));
      if (files.isEmpty()) {
        throw new DatasetException(file + ": expected images, found none");
      }
      var images = new ImageFiles.Builder(dir);
      for (Map.Entry<Long, String> image : files.entrySet()) {
        String where = file + ": image " + image.getKey();
        Integer label = labelOfImage.remove(image.getKey());
        if (label == null) {
          throw new DatasetException(where + ": expected an annotation of it, found none");
        }
        images.addListed(where, image.getValue(), label);
      }
      if (!labelOfImage.isEmpty()) {
        throw new DatasetException(
            "%s: expected annotations of the file's images, found one of image %d",
            file, labelOfImage.keySet().iterator().next());
      }
      return images.build(classNames, decoding);
    }

    private void addImage(JsonValue image) throws IOException {
      long id = image.get("id").asLong();
      if (files.put(id, image.get("file_name").asString()) != null) {
        throw image.error("expected each id once, found " + id + " again");
      }
    }

    private void addAnnotation(JsonValue annotation) throws IOException {
      long image = annotation.get("image_id").asLong();
      long category = annotation.get("category_id").asLong();
      Integer label = labels.get(category);
      if (label == null) {
        throw annotation.error("expected the id of a category, found " + category);
      }
      if (labelOfImage.put(image, label) != null) {
        throw annotation.error("expected one annotation of an image, found another of " + image);
      }
    }
  }
}
