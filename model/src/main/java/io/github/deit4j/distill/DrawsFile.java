package io.github.deit4j.distill;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.SafetensorsFile;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/** An open file of {@link StoredDraws}, read and written step by step: {@link DrawsInfo}. */
final class DrawsFile implements AutoCloseable {
  private final Path path;
  private final DrawsInfo info;
  private final FileChannel channel;
  private final byte[] digest;
  private final long checksumsAt;
  private final long contentsAt;
  private final long answersAt;

  private DrawsFile(Path path, DrawsInfo info, FileChannel channel) {
    this.path = path;
    this.info = info;
    this.channel = channel;
    byte[] beginning = info.beginning();
    this.digest = Sha256.digest().digest(beginning);
    var tensors = info.tensors();
    this.checksumsAt = beginning.length + tensors.get(0).offset();
    this.contentsAt = beginning.length + tensors.get(1).offset();
    this.answersAt = beginning.length + tensors.get(2).offset();
  }

  /**
   * Opens a file to read, and checks all that stands before the data.
   *
   * @throws FormatException if it is no file of stored draws
   */
  static DrawsFile open(Path path) throws IOException {
    return open(path, info(path), FileChannel.open(path, READ));
  }

  /**
   * Opens a file to read and write.
   *
   * @throws FormatException if it is no file of stored draws
   * @throws CannotWriteException if it cannot be written
   */
  static DrawsFile openToWrite(Path path) throws IOException {
    DrawsInfo info = info(path);
    FileChannel channel;
    try {
      channel = FileChannel.open(path, READ, WRITE);
    } catch (IOException e) {
      throw new CannotWriteException(path, e);
    }
    return open(path, info, channel);
  }

  private static DrawsFile open(Path path, DrawsInfo info, FileChannel channel) throws IOException {
    try {
      byte[] beginning = info.beginning();
      var found = ByteBuffer.allocate(beginning.length);
      readFully(path, channel, found, 0);
      if (!found.flip().equals(ByteBuffer.wrap(beginning))) {
        throw new FormatException(
            path, "a header as \"deit teach\" writes it", "another spelling of it");
      }
      return new DrawsFile(path, info, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Reads what a file says of itself. */
  static DrawsInfo info(Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return DrawsInfo.of(file);
    }
  }

  DrawsInfo info() {
    return info;
  }

  FileChannel channel() {
    return channel;
  }

  /** Returns the number that stands for the contents where others stand for steps. */
  int contentsStep() {
    return info.steps();
  }

  private long placeOf(int step) {
    return step == contentsStep() ? contentsAt : answersAt + (long) step * info.stepBytes();
  }

  private int bytesOf(int step) {
    return step == contentsStep() ? Math.multiplyExact(info.images(), 4) : info.stepBytes();
  }

  /** Returns whether what is stored of a step has the checksum that is stored. */
  boolean holds(int step) throws IOException {
    return checksum(step, readUnchecked(step)) == storedChecksum(step);
  }

  /**
   * Reads a step's answers, or the contents.
   *
   * @throws FormatException if they are damaged
   */
  byte[] read(int step) throws IOException {
    byte[] bytes = readUnchecked(step);
    if (checksum(step, bytes) != storedChecksum(step)) {
      throw damaged(step);
    }
    return bytes;
  }

  /** Returns the error that a step does not have its checksum. */
  FormatException damaged(int step) {
    String what =
        step == contentsStep()
            ? "the checksums of images"
            : "the answers of step %,d".formatted(step + 1L);
    return new FormatException(
        path,
        what + " as they were written",
        "damaged ones; copy the file anew, or rename it to NAME.part and run the same \"deit teach"
            + " --out NAME\" again, which computes what is damaged");
  }

  byte[] readUnchecked(int step) throws IOException {
    var bytes = ByteBuffer.allocate(bytesOf(step));
    readFully(path, channel, bytes, placeOf(step));
    return bytes.array();
  }

  long storedChecksum(int step) throws IOException {
    var bytes = littleEndian(Long.BYTES);
    readFully(path, channel, bytes, checksumsAt + (long) step * Long.BYTES);
    return bytes.flip().getLong();
  }

  private long checksum(int step, byte[] bytes) {
    MessageDigest sha = Sha256.digest();
    sha.update(digest);
    sha.update(littleEndian(Long.BYTES).putLong(step).array());
    return ByteBuffer.wrap(sha.digest(bytes)).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  /** Writes a step's answers, or the contents, with their checksum. */
  void write(int step, byte[] bytes) throws IOException {
    writeAt(placeOf(step), ByteBuffer.wrap(bytes));
    var checksum = littleEndian(Long.BYTES).putLong(checksum(step, bytes)).flip();
    writeAt(checksumsAt + (long) step * Long.BYTES, checksum);
  }

  /** Returns the contents, whether or not they are complete and have their checksum. */
  int[] contents() throws IOException {
    int[] contents = new int[info.images()];
    byte[] bytes = readUnchecked(contentsStep());
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(contents);
    return contents;
  }

  /** Writes what is known of one image's content. */
  void writeContent(int image, int checksum) throws IOException {
    writeAt(
        contentsAt + (long) image * Integer.BYTES,
        littleEndian(Integer.BYTES).putInt(checksum).flip());
  }

  private void writeAt(long position, ByteBuffer bytes) throws IOException {
    channel.position(position);
    AtomicFiles.writeFully(channel, bytes);
  }

  static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void readFully(Path path, FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes, position + bytes.position());
      if (read < 0) {
        throw new FormatException(
            path, "data up to its end", "a file that has been cut off since it was opened");
      }
    }
  }

  /** Returns a digest of everything: the beginning and all checksums. */
  String digest() throws IOException {
    var checksums = ByteBuffer.allocate(Math.multiplyExact(info.steps() + 1, Long.BYTES));
    readFully(path, channel, checksums, checksumsAt);
    MessageDigest sha = Sha256.digest();
    sha.update(digest);
    return HexFormat.of().formatHex(sha.digest(checksums.array()));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
