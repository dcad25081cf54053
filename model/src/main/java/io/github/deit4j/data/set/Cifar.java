package io.github.deit4j.data.set;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.input.InputFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * CIFAR-10 and CIFAR-100 (Krizhevsky, 2009) in their binary form: RGB images of 32×32, each one
 * record of label bytes and three planes. The files lie in the folder itself or in the folder that
 * the published archive has.
 *
 * @param title the name for people
 * @param folder the folder in the archive
 * @param labelBytes label bytes of a record, the last of which is the class
 * @param namesFile the file of class names, one a line
 */
record Cifar(
    String name,
    String title,
    String folder,
    int labelBytes,
    String namesFile,
    List<String> trainFiles,
    List<String> testFiles,
    Normalize normalize)
    implements DatasetFormat {
  /** Ten classes: {@code data_batch_1.bin} to {@code data_batch_5.bin}, {@code test_batch.bin}. */
  static final Cifar CIFAR10 =
      new Cifar(
          "cifar10",
          "CIFAR-10",
          "cifar-10-batches-bin",
          1,
          "batches.meta.txt",
          IntStream.rangeClosed(1, 5).mapToObj(i -> "data_batch_" + i + ".bin").toList(),
          List.of("test_batch.bin"),
          new Normalize(List.of(0.4914f, 0.4822f, 0.4465f), List.of(0.2470f, 0.2435f, 0.2616f)));

  /** The 100 fine classes: {@code train.bin}, {@code test.bin}. */
  static final Cifar CIFAR100 =
      new Cifar(
          "cifar100",
          "CIFAR-100",
          "cifar-100-binary",
          2,
          "fine_label_names.txt",
          List.of("train.bin"),
          List.of("test.bin"),
          new Normalize(List.of(0.5071f, 0.4865f, 0.4409f), List.of(0.2673f, 0.2564f, 0.2762f)));

  private static final int SIDE = 32;
  private static final int PIXEL_BYTES = 3 * SIDE * SIDE;

  @Override
  public boolean isIn(Path dir) {
    return Stream.of(trainFiles, testFiles)
        .flatMap(List::stream)
        .anyMatch(name -> Files.isRegularFile(folderIn(dir).resolve(name)));
  }

  private Path folderIn(Path dir) {
    Path unpacked = dir.resolve(folder);
    return Files.isDirectory(unpacked) ? unpacked : dir;
  }

  @Override
  public Dataset open(Path dir, Split split, Decoding decoding) throws DatasetException {
    Path files = folderIn(dir);
    List<String> classNames =
        new String(read(files.resolve(namesFile)), UTF_8)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    if (classNames.isEmpty()) {
      throw new DatasetException(
          files.resolve(namesFile) + ": expected one class name a line, found none");
    }
    var pixels = new ByteArrayOutputStream();
    var labels = new ByteArrayOutputStream();
    for (String name : split == Split.TRAIN ? trainFiles : testFiles) {
      readRecords(files.resolve(name), classNames.size(), pixels, labels);
    }
    return new InMemoryDataset(
        3, SIDE, SIDE, classNames, pixels.toByteArray(), labels.toByteArray());
  }

  private byte[] read(Path file) throws DatasetException {
    if (!Files.isRegularFile(file)) {
      throw new DatasetException(
          "%s: expected this file of %s's binary version, found none; unpack %s-binary.tar.gz there",
          file, title, title.toLowerCase(Locale.ROOT));
    }
    try {
      return InputFiles.read(
          file, Limit.DATA_BYTES, problem -> new DatasetException(file + ": " + problem));
    } catch (DatasetException e) {
      throw e;
    } catch (IOException e) {
      throw new DatasetException(file + ": can't be read: " + e, e);
    }
  }

  private void readRecords(
      Path file, int classes, ByteArrayOutputStream pixels, ByteArrayOutputStream labels)
      throws DatasetException {
    byte[] records = read(file);
    int length = labelBytes + PIXEL_BYTES;
    if (records.length == 0 || records.length % length != 0) {
      throw new DatasetException(
          "%s: expected whole records of %d bytes each, found %d bytes; the file is cut off or not"
              + " %s's binary version",
          file, length, records.length, title);
    }
    byte[] own = new byte[records.length / length];
    for (int i = 0; i < own.length; i++) {
      int at = i * length + labelBytes;
      own[i] = records[at - 1];
      pixels.write(records, at, PIXEL_BYTES);
    }
    InMemoryDataset.requireClasses(file, own, classes);
    labels.writeBytes(own);
  }
}
