package io.github.deit4j.data.set;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.transform.Normalize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A data set whose images are files. It can be packed, {@link PackWriter}, and a folder with its
 * packs opens as its own folder does.
 */
public abstract class ImageFileFormat implements DatasetFormat {
  /** What all images of a folder without splits are called where splits have names. */
  static final String WHOLE = "images";

  static final String TRAIN = "train";
  static final List<String> TESTS = List.of("val", "valid", "validation", "test");

  private static final double IMAGENET_CROP_RATIO = 0.875;

  private final String name;
  private final boolean published;
  private final String missing;

  /**
   * Describes a data set.
   *
   * @param missing the error that a split is missing: a format of the folder, what was expected and
   *     what was found
   */
  ImageFileFormat(String name, boolean published, String missing) {
    this.name = name;
    this.published = published;
    this.missing = missing;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final boolean isPublished() {
    return published;
  }

  /**
   * Returns the names of the splits in a folder, of {@code train}, {@code val}, {@code valid},
   * {@code validation} and {@code test}; none if it isn't split.
   */
  abstract List<String> splits(Path dir) throws DatasetException;

  /**
   * Lists the images of a split.
   *
   * @param split its name; {@code images} for all of a folder that isn't split
   * @throws DatasetException if there are none, or the list is not as it should be
   */
  abstract ImageFiles list(Path dir, String split, Decoding decoding) throws DatasetException;

  final DatasetException missing(Path dir, String expected, String found) {
    return new DatasetException(missing, dir, expected, found);
  }

  /** Returns the splits of a folder, {@code images} if it isn't split: what can be packed. */
  public final List<String> splitsOrWhole(Path dir) throws DatasetException {
    List<String> splits = splits(dir);
    return splits.isEmpty() ? List.of(WHOLE) : splits;
  }

  /** Lists the images of a split that {@link #splitsOrWhole} named. */
  public final ImageFiles files(Path dir, String split) throws DatasetException {
    return files(dir, split, Decoding.STANDARD);
  }

  /** The same, to be decoded as is said. */
  public final ImageFiles files(Path dir, String split, Decoding decoding) throws DatasetException {
    return list(dir, split, decoding);
  }

  @Override
  public final boolean hasSplits(Path dir) throws DatasetException {
    return !(isPacked(dir) ? packs(dir) : splits(dir)).isEmpty();
  }

  @Override
  public final Dataset open(Path dir, Split split, Decoding decoding) throws DatasetException {
    decoding.jpeg().requireAvailable();
    if (isPacked(dir)) {
      String chosen = choose(packs(dir), split).orElseThrow(() -> noPack(dir, split));
      return PackedImages.open(pack(dir, chosen), decoding);
    }
    List<String> found = splits(dir);
    Optional<String> chosen = choose(found, split);
    if (chosen.isEmpty()) {
      throw missing(
          dir,
          split == Split.TRAIN ? TRAIN : String.join(", ", TESTS),
          found.isEmpty() ? "no split" : found.getFirst() + " only");
    }
    return list(dir, chosen.get(), decoding);
  }

  @Override
  public final Optional<String> testSplit(Path dir) throws DatasetException {
    return choose(isPacked(dir) ? packs(dir) : splits(dir), Split.TEST);
  }

  /** A folder that isn't split serves for training, so that nobody tests on it without knowing. */
  private static Optional<String> choose(List<String> found, Split split) {
    return split == Split.TRAIN && found.isEmpty()
        ? Optional.of(WHOLE)
        : found.stream().filter(each -> each.equals(TRAIN) == (split == Split.TRAIN)).findFirst();
  }

  /** Returns the file of a split's pack, such as {@code train.pack}. */
  public static Path pack(Path dir, String split) {
    return dir.resolve(split + ".pack");
  }

  private static List<String> packs(Path dir) {
    return Stream.concat(Stream.of(TRAIN), TESTS.stream())
        .filter(split -> Files.isRegularFile(pack(dir, split)))
        .toList();
  }

  /** Returns whether a folder has packs, and so nothing else that counts. */
  static boolean isPacked(Path dir) {
    return !packs(dir).isEmpty() || Files.isRegularFile(pack(dir, WHOLE));
  }

  private static DatasetException noPack(Path dir, Split split) {
    return new DatasetException(
        "%s: expected the pack of the split %s, found none; pack it with \"deit pack\"",
        dir, split == Split.TRAIN ? TRAIN : "val");
  }

  @Override
  public Normalize normalize() {
    return Normalize.IMAGENET;
  }

  @Override
  public double cropRatio() {
    return IMAGENET_CROP_RATIO;
  }

  @Override
  public boolean needsDecoder() {
    return true;
  }
}
