package io.github.deit4j.data.set;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Split;
import io.github.deit4j.data.jpeg.JpegDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A folder of packs: one for each split, or one of images without splits. */
final class PackFolder {
  private PackFolder() {}

  /** Tells whether a folder has packs. */
  static boolean is(Path dir) {
    return hasSplits(dir) || Files.isRegularFile(whole(dir));
  }

  /** Tells whether a folder has packs of splits. */
  static boolean hasSplits(Path dir) {
    return Stream.of(Split.values()).anyMatch(split -> pack(dir, split).isPresent());
  }

  private static Path whole(Path dir) {
    return dir.resolve(PackedImages.fileName(ImageFolder.WHOLE));
  }

  private static Optional<Path> pack(Path dir, Split split) {
    List<String> names =
        split == Split.TRAIN ? List.of(ImageFolder.TRAIN_FOLDER) : ImageFolder.TEST_FOLDERS;
    return names.stream()
        .map(name -> dir.resolve(PackedImages.fileName(name)))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** Opens the pack of images without splits. */
  static PackedImages open(Path dir, JpegDecoder jpeg) throws DatasetException {
    return PackedImages.open(whole(dir), jpeg);
  }

  /** Opens a split as {@link ImageFolder#open(Path, Split, JpegDecoder)} does. */
  static PackedImages open(Path dir, Split split, JpegDecoder jpeg) throws DatasetException {
    Optional<Path> pack = pack(dir, split);
    if (pack.isEmpty() && split == Split.TRAIN && !hasSplits(dir)) {
      return open(dir, jpeg);
    }
    if (pack.isEmpty()) {
      throw new DatasetException(
          "%s: expected the pack of the split %s, found none; pack it with \"deit pack\""
              .formatted(dir, split == Split.TRAIN ? "train" : "val"));
    }
    return PackedImages.open(pack.get(), jpeg);
  }
}
