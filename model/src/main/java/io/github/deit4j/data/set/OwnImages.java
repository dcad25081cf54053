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

/**
 * Somebody's own images, however they lie: as class folders, in a list, packed. It opens them as
 * the format that a folder has the files of.
 */
final class OwnImages implements DatasetFormat {
  private static final ImageFileFormat LIKE_ALL_OTHERS = new ImageFolder();

  @Override
  public String name() {
    return "own-images";
  }

  /** No folder is known by it: each has one of the formats that this opens. */
  @Override
  public boolean isIn(Path dir) {
    return false;
  }

  private static ImageFileFormat format(Path dir) throws DatasetException {
    if (!Files.isDirectory(dir)) {
      throw new DatasetException(dir + ": expected a folder with images, found none");
    }
    return Datasets.detectImageFiles(dir);
  }

  @Override
  public boolean hasSplits(Path dir) throws DatasetException {
    return format(dir).hasSplits(dir);
  }

  @Override
  public Optional<String> testSplit(Path dir) throws DatasetException {
    return format(dir).testSplit(dir);
  }

  @Override
  public List<Finding> survey(Path dir) throws DatasetException {
    return format(dir).survey(dir);
  }

  @Override
  public Dataset open(Path dir, Split split, Decoding decoding) throws DatasetException {
    return format(dir).open(dir, split, decoding);
  }

  @Override
  public Normalize normalize() {
    return LIKE_ALL_OTHERS.normalize();
  }

  @Override
  public double cropRatio() {
    return LIKE_ALL_OTHERS.cropRatio();
  }

  @Override
  public boolean needsDecoder() {
    return true;
  }

  @Override
  public boolean isPublished() {
    return false;
  }
}
