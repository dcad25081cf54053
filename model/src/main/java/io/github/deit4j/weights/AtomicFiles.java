package io.github.deit4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Replaces files atomically: a reader, also after a crash or a power cut, finds the old content or
 * the whole new one, never a part.
 *
 * <p>The content goes to a hidden temporary file in the same folder, is forced to the disk and
 * renamed over the target; then the folder is forced to the disk. After a failure the temporary
 * file is deleted; only a killed process leaves one behind, {@code .NAME.tmp-UUID}.
 */
public final class AtomicFiles {
  private static final int CHUNK_BYTES = 1 << 20;

  private AtomicFiles() {}

  /** Writes a file's content. */
  @FunctionalInterface
  public interface WriteAction {
    /** Writes the whole content to the channel, which is open at position 0. */
    void write(FileChannel channel) throws IOException;
  }

  /**
   * Creates or replaces a file. A symbolic link is replaced, not followed.
   *
   * @throws CannotWriteException if the target is no regular file, its folder is missing or not
   *     writable, the disk is full, or the action fails with an {@link IOException}
   */
  public static void write(Path target, WriteAction action) throws IOException {
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new CannotWriteException(target, "it exists and is not a regular file", null);
    }
    Path folder = target.toAbsolutePath().getParent();
    Path temporary = folder.resolve("." + target.getFileName() + ".tmp-" + UUID.randomUUID());
    try {
      try (FileChannel channel = FileChannel.open(temporary, CREATE_NEW, WRITE)) {
        action.write(channel);
        channel.force(true);
      }
      Files.move(temporary, target, ATOMIC_MOVE);
      forceFolder(folder);
    } catch (IOException e) {
      delete(temporary, e);
      throw new CannotWriteException(target, e);
    } catch (RuntimeException | Error e) {
      delete(temporary, e);
      throw e;
    }
  }

  /**
   * Creates a folder and those above it, where they are not there.
   *
   * @throws CannotWriteException if it cannot be created
   */
  public static void createFolder(Path folder) throws CannotWriteException {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CannotWriteException(folder, e);
    }
  }

  /**
   * Creates or replaces a text file in UTF-8.
   *
   * @throws CannotWriteException as {@link #write(Path, WriteAction)}
   */
  public static void writeString(Path target, String text) throws IOException {
    var bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    write(target, channel -> writeFully(channel, bytes));
  }

  /** Writes all that remains in the buffer; a channel may take less than all at once. */
  public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Writes a whole segment, piece by piece: a buffer cannot view every kind and length. */
  public static void writeFully(FileChannel channel, MemorySegment data) throws IOException {
    var chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, data.byteSize()));
    for (long position = 0; position < data.byteSize(); position += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, data.byteSize() - position);
      MemorySegment.copy(data, position, MemorySegment.ofBuffer(chunk.clear()), 0, length);
      writeFully(channel, chunk.limit(length));
    }
  }

  /** Forces a folder's entries to the disk, without which no rename is durable. */
  public static void forceFolder(Path folder) throws IOException {
    // Windows cannot open folders, and does not need it.
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder, READ)) {
        channel.force(true);
      }
    }
  }

  private static void delete(Path temporary, Throwable failure) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
