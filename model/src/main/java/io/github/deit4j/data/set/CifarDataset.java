package io.github.deit4j.data.set;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * CIFAR-10 and CIFAR-100 (Krizhevsky, 2009) in their binary form, in memory: RGB images of 32×32,
 * each one record of label bytes and three planes.
 */
public final class CifarDataset implements Dataset {
  private static final int SIDE = 32;
  private static final int PIXEL_BYTES = 3 * SIDE * SIDE;

  private static final Format CIFAR10 =
      new Format(
          "CIFAR-10",
          "cifar-10",
          "cifar-10-batches-bin",
          1,
          "batches.meta.txt",
          List.of(
              "data_batch_1.bin",
              "data_batch_2.bin",
              "data_batch_3.bin",
              "data_batch_4.bin",
              "data_batch_5.bin"),
          List.of("test_batch.bin"));
  private static final Format CIFAR100 =
      new Format(
          "CIFAR-100",
          "cifar-100",
          "cifar-100-binary",
          2,
          "fine_label_names.txt",
          List.of("train.bin"),
          List.of("test.bin"));

  private final Format format;
  private final List<String> classNames;
  private final byte[] records;

  private CifarDataset(Format format, List<String> classNames, byte[] records) {
    this.format = format;
    this.classNames = classNames;
    this.records = records;
  }

  /**
   * Opens CIFAR-10: {@code data_batch_1.bin} to {@code data_batch_5.bin} or {@code test_batch.bin},
   * with the class names in {@code batches.meta.txt}; in the folder itself or in its {@code
   * cifar-10-batches-bin}.
   *
   * @throws DatasetException if a file is missing, not made of whole records, or a label has no
   *     class
   */
  public static CifarDataset openCifar10(Path dir, Split split) throws DatasetException {
    return open(CIFAR10, dir, split);
  }

  /**
   * Opens CIFAR-100 with its 100 fine labels: {@code train.bin} or {@code test.bin}, with the class
   * names in {@code fine_label_names.txt}; in the folder itself or in its {@code cifar-100-binary}.
   *
   * @throws DatasetException as {@link #openCifar10}
   */
  public static CifarDataset openCifar100(Path dir, Split split) throws DatasetException {
    return open(CIFAR100, dir, split);
  }

  static boolean isCifar10In(Path dir) {
    return CIFAR10.isIn(dir);
  }

  static boolean isCifar100In(Path dir) {
    return CIFAR100.isIn(dir);
  }

  private static CifarDataset open(Format format, Path dir, Split split) throws DatasetException {
    Path folder = format.folderIn(dir);
    List<String> classNames = readNames(format, folder.resolve(format.namesFile));
    List<byte[]> parts = new ArrayList<>();
    for (String name : split == Split.TRAIN ? format.trainFiles : format.testFiles) {
      parts.add(readRecords(format, folder.resolve(name), classNames.size()));
    }
    return new CifarDataset(format, classNames, join(parts));
  }

  private static List<String> readNames(Format format, Path file) throws DatasetException {
    requireFile(format, file);
    try {
      List<String> names =
          Files.readAllLines(file).stream().map(String::strip).filter(s -> !s.isEmpty()).toList();
      if (names.isEmpty()) {
        throw new DatasetException(file + ": expected one class name a line, found none");
      }
      return names;
    } catch (DatasetException e) {
      throw e;
    } catch (IOException e) {
      throw new DatasetException(file + ": can't be read: " + e, e);
    }
  }

  private static byte[] readRecords(Format format, Path file, int classes) throws DatasetException {
    requireFile(format, file);
    byte[] records;
    try {
      records = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new DatasetException(file + ": can't be read: " + e, e);
    }
    int length = format.recordBytes();
    if (records.length == 0 || records.length % length != 0) {
      throw new DatasetException(
          ("%s: expected whole records of %d bytes each, found %d bytes; the file is cut off or not"
                  + " %s's binary version")
              .formatted(file, length, records.length, format.title));
    }
    for (int at = format.labelBytes - 1; at < records.length; at += length) {
      if ((records[at] & 0xFF) >= classes) {
        throw new DatasetException(
            "%s: label %d of image %d has no class; expected labels of 0 to %d"
                .formatted(file, records[at] & 0xFF, at / length, classes - 1));
      }
    }
    return records;
  }

  private static void requireFile(Format format, Path file) throws DatasetException {
    if (!Files.isRegularFile(file)) {
      throw new DatasetException(
          "%s: expected this file of %s's binary version, found none; unpack %s-binary.tar.gz there"
              .formatted(file, format.title, format.archive));
    }
  }

  private static byte[] join(List<byte[]> parts) {
    int length = parts.stream().mapToInt(part -> part.length).reduce(0, Math::addExact);
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  @Override
  public int size() {
    return records.length / format.recordBytes();
  }

  @Override
  public int channels() {
    return 3;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return records[index * format.recordBytes() + format.labelBytes - 1] & 0xFF;
  }

  @Override
  public Image image(int index) {
    int from = index * format.recordBytes() + format.labelBytes;
    return new Image(3, SIDE, SIDE, Arrays.copyOfRange(records, from, from + PIXEL_BYTES));
  }

  /**
   * Where the two data sets differ; the class is the last of a record's label bytes.
   *
   * @param archive the published archive's name without its ending
   * @param folder the folder in the archive
   */
  private record Format(
      String title,
      String archive,
      String folder,
      int labelBytes,
      String namesFile,
      List<String> trainFiles,
      List<String> testFiles) {
    int recordBytes() {
      return labelBytes + PIXEL_BYTES;
    }

    Path folderIn(Path dir) {
      Path unpacked = dir.resolve(folder);
      return Files.isDirectory(unpacked) ? unpacked : dir;
    }

    /** Tells whether a folder has a file of either split. */
    boolean isIn(Path dir) {
      return Stream.of(trainFiles, testFiles)
          .flatMap(List::stream)
          .anyMatch(name -> Files.isRegularFile(folderIn(dir).resolve(name)));
    }
  }
}
