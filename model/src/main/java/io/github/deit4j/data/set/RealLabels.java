package io.github.deit4j.data.set;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.DatasetView;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * ImageNet's validation images with ReaL's labels (Beyer et al., "Are we done with ImageNet?",
 * 2020): several classes may be right for an image, and images for which none is do not count. The
 * file {@code real.json} is a list of such lists of classes, the first of which is that of {@code
 * ILSVRC2012_val_00000001.JPEG}. Closing it closes the images.
 */
public final class RealLabels implements DatasetView {
  private static final Pattern NUMBER = Pattern.compile("ILSVRC2012_val_([0-9]{8})\\.[^./\\\\]+$");

  private final Dataset images;
  private final int[] indices;
  private final List<List<Integer>> classes;

  private RealLabels(Dataset images, int[] indices, List<List<Integer>> classes) {
    this.images = images;
    this.indices = indices;
    this.classes = classes;
  }

  /**
   * Reads the file.
   *
   * @param images files named as ImageNet's validation images are, of any part of them; by folders
   *     of classes, or another order of the same labels
   * @throws DatasetException if the file is not as it should be, an image is named otherwise, or no
   *     image has a label
   */
  public static RealLabels read(Path file, Dataset images) throws DatasetException {
    List<List<Integer>> byNumber = new ArrayList<>();
    try {
      Json.readArrays(
          file, Map.of("", labels -> byNumber.add(classes(labels, images.classNames().size()))));
    } catch (IOException e) {
      throw new DatasetException("ReaL's labels: " + e.getMessage(), e);
    }
    List<List<Integer>> ofImages = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      int number = number(images.name(i));
      if (number < 1 || number > byNumber.size()) {
        throw new DatasetException(
            "%s: expected the labels of %s, found those of the images 1 to %d",
            file, images.name(i), byNumber.size());
      }
      ofImages.add(byNumber.get(number - 1));
    }
    int[] labelled =
        IntStream.range(0, images.size()).filter(i -> !ofImages.get(i).isEmpty()).toArray();
    if (labelled.length == 0) {
      throw new DatasetException(
          "%s: expected labels, found none for any of the %d images", file, images.size());
    }
    return new RealLabels(
        images, labelled, IntStream.of(labelled).mapToObj(ofImages::get).toList());
  }

  private static List<Integer> classes(JsonValue labels, int count) throws IOException {
    List<Integer> classes = new ArrayList<>();
    for (JsonValue label : labels.items()) {
      int number = label.asInt();
      if (number < 0 || number >= count) {
        throw label.error("expected a class of 0 to " + (count - 1) + ", found " + number);
      }
      classes.add(number);
    }
    return classes.stream().distinct().toList();
  }

  private static int number(String name) throws DatasetException {
    Matcher matcher = NUMBER.matcher(name);
    if (!matcher.find()) {
      throw new DatasetException(
          "%s: expected a validation image of ImageNet, named as in ILSVRC2012_val_00000001.JPEG,"
              + " found another name; ReaL has labels for these only",
          name);
    }
    return Integer.parseInt(matcher.group(1));
  }

  /** Returns how many images have no label and do not count. */
  public int withoutLabels() {
    return images.size() - indices.length;
  }

  @Override
  public Dataset whole() {
    return images;
  }

  @Override
  public int indexOfWhole(int index) {
    return indices[index];
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public int label(int index) {
    return classes.get(index).getFirst();
  }

  @Override
  public List<Integer> rightClasses(int index) {
    return classes.get(index);
  }
}
