package io.github.deit4j.data.set;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.input.InputFiles;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The content of a file in the IDX format of unsigned bytes, plain or gzipped: two zero bytes, the
 * type 8, the number of dimensions, the dimensions as big-endian 32-bit numbers, the data.
 *
 * @param dimensions the sizes, the number of items first
 * @param data the bytes, row-major
 */
@SuppressWarnings("ArrayRecordComponent") // handed on inside the package, never changed
record IdxFile(int[] dimensions, byte[] data) {
  private static final int UNSIGNED_BYTE = 0x08;
  private static final int GZIP_MAGIC = 0x1F8B;
  private static final InputBudget BUDGET = InputBudget.STANDARD;
  private static final int MAX_BYTES = (int) BUDGET.most(Limit.DATA_BYTES);
  private static final String REMEDY = "fetch the file again";

  /** Reads a file, which must have that many dimensions. */
  static IdxFile read(Path file, int rank) throws DatasetException {
    try (InputStream in = open(file)) {
      return parse(in, file, rank);
    } catch (EOFException | ZipException e) {
      throw new DatasetException(
          "%s: the compressed data are cut off or damaged (%s); %s"
              .formatted(file, e.getMessage(), REMEDY),
          e);
    } catch (DatasetException e) {
      throw e;
    } catch (IOException e) {
      throw new DatasetException(file + ": can't be read: " + e, e);
    }
  }

  private static InputStream open(Path file) throws IOException {
    Function<String, DatasetException> refusal =
        problem -> new DatasetException(file + ": " + problem);
    InputStream in =
        new BufferedInputStream(InputFiles.open(file, Limit.DATA_BYTES, refusal), 1 << 16);
    try {
      in.mark(2);
      int magic = in.read() << 8 | in.read();
      in.reset();
      return magic == GZIP_MAGIC ? new GZIPInputStream(in, 1 << 16) : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static IdxFile parse(InputStream in, Path file, int rank) throws IOException {
    int expected = UNSIGNED_BYTE << 8 | rank;
    int magic = readInt(in, file);
    if (magic != expected) {
      throw new DatasetException(
          "%s: expected an IDX file of unsigned bytes with %d dimensions (magic 0x%08X), "
              + "found magic 0x%08X; is it another file?",
          file, rank, expected, magic);
    }
    int[] dimensions = new int[rank];
    long length = 1;
    for (int i = 0; i < rank; i++) {
      dimensions[i] = readInt(in, file);
      if (dimensions[i] < 1 || length > MAX_BYTES / dimensions[i]) {
        throw new DatasetException(
            "%s: expected positive dimensions of at most %d bytes in all, found %s; %s",
            file, MAX_BYTES, Arrays.toString(dimensions), REMEDY);
      }
      length *= dimensions[i];
    }
    long most =
        Math.max(
            BUDGET.most(Limit.UNPACKED_FROM_ANY_FILE),
            BUDGET.most(Limit.UNPACKED_PER_BYTE) * Files.size(file));
    if (in instanceof GZIPInputStream && length > most) {
      throw new DatasetException(
          "%s: expected at most %d bytes in a file of %d, found a header that announces %s, %d bytes",
          file, most, Files.size(file), Arrays.toString(dimensions), length);
    }
    byte[] data = in.readNBytes((int) length);
    if (data.length < length) {
      throw new DatasetException(
          "%s: the header announces %s, %d bytes, but only %d follow; the file is cut off, %s",
          file, Arrays.toString(dimensions), length, data.length, REMEDY);
    }
    if (in.read() >= 0) {
      throw new DatasetException(
          "%s: the header announces %s, %d bytes, but more follow; %s",
          file, Arrays.toString(dimensions), length, REMEDY);
    }
    return new IdxFile(dimensions, data);
  }

  private static int readInt(InputStream in, Path file) throws IOException {
    byte[] bytes = in.readNBytes(4);
    if (bytes.length < 4) {
      throw new DatasetException(file + ": the file ends inside its header; " + REMEDY);
    }
    return ByteBuffer.wrap(bytes).getInt();
  }

  /**
   * Reads grey images and their labels from a pair of files, as MNIST and its kin have them.
   *
   * @param images unsigned bytes [image, row, column]
   * @param labels unsigned bytes [image]
   * @param classNames the classes' names in the order of the labels
   * @throws DatasetException if a file is missing, cut off, too long or not of the format, the
   *     files don't fit together, or a label has no class
   */
  static Dataset dataset(Path images, Path labels, List<String> classNames)
      throws DatasetException {
    IdxFile imageFile = read(images, 3);
    IdxFile labelFile = read(labels, 1);
    int[] sizes = imageFile.dimensions;
    if (labelFile.dimensions[0] != sizes[0]) {
      throw new DatasetException(
          "%s holds %d images but %s holds %d labels; both must come from one data set",
          images, sizes[0], labels, labelFile.dimensions[0]);
    }
    InMemoryDataset.requireClasses(labels, labelFile.data, classNames.size());
    return new InMemoryDataset(1, sizes[1], sizes[2], classNames, imageFile.data, labelFile.data);
  }
}
