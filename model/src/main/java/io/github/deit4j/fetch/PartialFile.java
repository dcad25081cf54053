package io.github.deit4j.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * What has come of a file so far, {@code NAME.part} beside it, with {@code NAME.part.validator}:
 * what the server called that version of it. Both stay where a download is cut off, for the next
 * one to go on from. One download at a time has it: others wait.
 */
final class PartialFile implements AutoCloseable {
  private static final long POLL_MS = 100;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final Pattern VERSION = Pattern.compile("[ -~]{1,1000}");

  /** File locks keep processes apart, not the threads of one. */
  private static final ReentrantLock THREADS = new ReentrantLock();

  private final Path target;
  private final Path validator;
  private final FileChannel channel;
  private long size;

  private PartialFile(Path target, FileChannel channel) throws IOException {
    this.target = target;
    this.validator = besides(target, ".part.validator");
    this.channel = channel;
    this.size = channel.size();
  }

  /**
   * Opens what there is, when no other download has it.
   *
   * @param waiting runs where there is another one
   * @throws CannotWriteException if it cannot be written
   */
  static PartialFile open(Path target, Runnable waiting) throws IOException, InterruptedException {
    if (!THREADS.tryLock()) {
      waiting.run();
      THREADS.lockInterruptibly();
    }
    FileChannel channel = null;
    try {
      AtomicFiles.createFolder(target.toAbsolutePath().getParent());
      channel = channel(target);
      for (FileLock lock = channel.tryLock(); lock == null; lock = channel.tryLock()) {
        waiting.run();
        waiting = () -> {};
        Thread.sleep(POLL_MS);
      }
      return new PartialFile(target, channel);
    } catch (IOException | InterruptedException | RuntimeException e) {
      if (channel != null) {
        channel.close();
      }
      THREADS.unlock();
      throw e;
    }
  }

  private static FileChannel channel(Path target) throws IOException {
    try {
      return FileChannel.open(besides(target, ".part"), CREATE, READ, WRITE, NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw new CannotWriteException(target, e);
    }
  }

  private static Path besides(Path target, String end) {
    return target.resolveSibling(target.getFileName() + end);
  }

  /** Returns how many bytes there are. */
  long size() {
    return size;
  }

  /** Returns what the server called the version that these bytes are of, if it did. */
  Optional<String> validator() throws IOException {
    if (size == 0 || !Files.isRegularFile(validator)) {
      return Optional.empty();
    }
    // One that is damaged is as good as none.
    String version = Files.readString(validator, ISO_8859_1);
    return VERSION.matcher(version).matches() ? Optional.of(version) : Optional.empty();
  }

  /**
   * Throws away what there is, and begins anew.
   *
   * @param version what the server calls it; empty if it cannot be asked for by a name
   */
  void restart(Optional<String> version) throws IOException {
    try {
      channel.truncate(0);
      size = 0;
      Files.deleteIfExists(validator);
    } catch (IOException e) {
      throw new CannotWriteException(target, e);
    }
    if (version.filter(text -> VERSION.matcher(text).matches()).isPresent()) {
      AtomicFiles.writeString(validator, version.get());
    }
  }

  void append(ByteBuffer bytes) throws IOException {
    try {
      int count = bytes.remaining();
      channel.position(size);
      AtomicFiles.writeFully(channel, bytes);
      size += count;
    } catch (IOException e) {
      throw new CannotWriteException(target, e);
    }
  }

  /**
   * Returns the SHA-256 of what there is. By this channel: whoever opens and closes a file again
   * gives away all locks that the process has on it.
   */
  String digest() throws IOException {
    MessageDigest digest = Sha256.digest();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long at = 0;
    for (int read = channel.read(buffer, at); read > 0; read = channel.read(buffer, at)) {
      digest.update(buffer.flip());
      buffer.clear();
      at += read;
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Makes what there is the file. */
  void finish() throws IOException {
    try {
      channel.force(true);
      Files.move(besides(target, ".part"), target, ATOMIC_MOVE);
      Files.deleteIfExists(validator);
      AtomicFiles.forceFolder(target.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new CannotWriteException(target, e);
    }
  }

  /** Takes away a file that was opened for nothing, since another download was done meanwhile. */
  void discard() throws IOException {
    Files.deleteIfExists(besides(target, ".part"));
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      THREADS.unlock();
    }
  }
}
