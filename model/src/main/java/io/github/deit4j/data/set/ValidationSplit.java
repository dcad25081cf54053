package io.github.deit4j.data.set;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.DatasetView;
import io.github.deit4j.data.EpochOrder;
import io.github.deit4j.data.StoredImages;
import io.github.deit4j.random.Purpose;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which images of a data set are learned from, and which are held out to measure by. Of every class
 * the same share is held out, one image at least and not the last. The draw depends on the seed and
 * on the labels in their order, on nothing else.
 *
 * <p>A run writes it as {@link #FILE}: a header, then for each image in the data set's order its
 * {@linkplain Dataset#path path}, the name of its class and {@code train} or {@code val}.
 */
public final class ValidationSplit {
  /** Name of the file in a run's folder. */
  public static final String FILE = "split.csv";

  private static final String VALIDATION = "val";
  private static final List<String> HEADER = List.of("path", "label", "split");

  private final Dataset all;
  private final boolean[] heldOut;

  private ValidationSplit(Dataset all, boolean[] heldOut) {
    this.all = all;
    this.heldOut = heldOut;
  }

  /**
   * Draws a split.
   *
   * @param all the images; stay the caller's to close
   * @param share what part of each class is held out, above 0 and below 1
   * @throws DatasetException if no class has two images
   */
  public static ValidationSplit draw(Dataset all, double share, long seed) throws DatasetException {
    boolean[] heldOut = new boolean[all.size()];
    Map<Integer, List<Integer>> classes =
        IntStream.range(0, all.size())
            .boxed()
            .collect(groupingBy(all::label, TreeMap::new, toList()));
    classes.forEach(
        (label, images) -> {
          int count = heldOut(images.size(), share);
          int[] order =
              EpochOrder.shuffled(images.size(), Purpose.VALIDATION_SPLIT.stream(seed, 0, label));
          IntStream.of(order).limit(count).forEach(i -> heldOut[images.get(i)] = true);
        });
    if (classes.values().stream().allMatch(images -> images.size() == 1)) {
      throw new DatasetException(
          "val-split: expected a class with two images or more, one of them to hold out, found one"
              + " image in each");
    }
    return new ValidationSplit(all, heldOut);
  }

  private static int heldOut(int images, double share) {
    return Math.min(images - 1, Math.max(1, (int) Math.rint(images * share)));
  }

  /**
   * Reads the split that a run wrote.
   *
   * @param all the images that the run began with; stay the caller's to close
   * @throws DatasetException if the file is not as it should be, or of other images
   */
  public static ValidationSplit read(Path file, Dataset all) throws DatasetException {
    CsvReader csv = CsvReader.open(file, HEADER);
    if (!HEADER.equals(csv.next())) {
      throw new DatasetException("%s: expected the header %s, found another", csv.where(), HEADER);
    }
    Map<String, Boolean> splits = new HashMap<>();
    for (List<String> row = csv.next(); row != null; row = csv.next()) {
      if (row.size() != HEADER.size()
          || !List.of(ImageFileFormat.TRAIN, VALIDATION).contains(row.get(2))) {
        throw new DatasetException(
            "%s: expected path, label and train or val, found %s", csv.where(), row);
      }
      splits.put(key(row.get(0), row.get(1)), row.get(2).equals(VALIDATION));
    }
    boolean[] heldOut = new boolean[all.size()];
    for (int i = 0; i < heldOut.length; i++) {
      Boolean found = splits.remove(key(all.path(i), className(all, i)));
      if (found == null) {
        throw new DatasetException(
            "%s: expected the images of the run, found %s of class %s, which it did not have",
            file, all.path(i), className(all, i));
      }
      heldOut[i] = found;
    }
    if (!splits.isEmpty()) {
      throw new DatasetException(
          "%s: expected the images of the run, found %d of them missing, such as %s",
          file, splits.size(), splits.keySet().iterator().next());
    }
    return new ValidationSplit(all, heldOut);
  }

  private static String key(String path, String className) {
    return path + " (" + className + ")";
  }

  private static String className(Dataset images, int index) {
    return images.classNames().get(images.label(index));
  }

  /** Returns the images to learn from. */
  public Dataset training() {
    return part(false);
  }

  /** Returns the images that are held out. */
  public Dataset validation() {
    return part(true);
  }

  private Dataset part(boolean wanted) {
    return new Part(
        all, IntStream.range(0, heldOut.length).filter(i -> heldOut[i] == wanted).toArray());
  }

  /** Returns the content of the file. */
  public String toCsv() {
    StringBuilder csv = new StringBuilder(String.join(",", HEADER)).append('\n');
    for (int i = 0; i < heldOut.length; i++) {
      String split = heldOut[i] ? VALIDATION : ImageFileFormat.TRAIN;
      csv.append(
          "%s,%s,%s\n"
              .formatted(CsvReader.field(all.path(i)), CsvReader.field(className(all, i)), split));
    }
    return csv.toString();
  }

  /** Some of the images; closing it closes nothing, since another part shares them. */
  @SuppressWarnings("ArrayRecordComponent") // nobody changes it
  private record Part(Dataset whole, int[] indices) implements DatasetView {
    @Override
    public int indexOfWhole(int index) {
      return indices[index];
    }

    @Override
    public int size() {
      return indices.length;
    }

    @Override
    public Optional<StoredImages> storedImages() {
      return whole.storedImages().map(all -> all.at(this::indexOfWhole));
    }

    @Override
    public void close() {}
  }
}
