package io.github.deit4j.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The file {@code metrics.jsonl} of a run: one JSON object a line, each with the optimizer step it
 * belongs to. While it is open no other process can open it, which guards the whole run folder.
 */
public final class MetricsLog implements AutoCloseable {
  /** The key every line has: optimizer steps done. */
  public static final String STEP = "step";

  private final Path path;
  private final FileChannel channel;

  private MetricsLog(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Opens or creates the file.
   *
   * @throws RunFolderException if a process has it open
   * @throws CannotWriteException if it cannot be opened
   */
  static MetricsLog open(Path path) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(path, CREATE, READ, WRITE);
    } catch (IOException e) {
      throw new CannotWriteException(path, e);
    }
    if (!lock(channel)) {
      channel.close();
      throw new RunFolderException(
          path.toAbsolutePath().getParent(),
          "expected a run that is not going on, found one in use by another process; wait for its"
              + " end or stop it");
    }
    channel.position(channel.size());
    return new MetricsLog(path, channel);
  }

  @SuppressWarnings("resource") // the lock ends with its channel
  private static boolean lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // held by this very process
    }
  }

  /**
   * Writes a line and hands it to the system, so that it survives the end of the process.
   *
   * @param step optimizer steps done
   * @param metrics values as {@link JsonWriter} takes them; numbers that are not finite are written
   *     as null
   */
  public void append(long step, Map<String, Object> metrics) throws IOException {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put(STEP, step);
    metrics.forEach((key, value) -> line.put(key, finite(value)));
    ByteBuffer bytes = UTF_8.encode(JsonWriter.compact(line) + "\n");
    long end = channel.position();
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new CannotWriteException(path, withoutHalfLine(end, e));
    }
  }

  /** Lets no half line be left before the next one. */
  private IOException withoutHalfLine(long end, IOException failure) {
    try {
      channel.truncate(end);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  private static Object finite(Object value) {
    return switch (value) {
      case Double number when !Double.isFinite(number) -> null;
      case Float number when !Float.isFinite(number) -> null;
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((key, inner) -> copy.put(key, finite(inner)));
        yield copy;
      }
      case List<?> list -> list.stream().map(MetricsLog::finite).toList();
      case null, default -> value;
    };
  }

  /**
   * Takes the log back to an earlier time: removes the first line of a later step and all after it,
   * and a last line that a killed process left unfinished.
   *
   * @throws FormatException if another line is damaged; nothing is removed
   * @throws CannotWriteException if the file cannot be cut off
   */
  void cutBack(long step) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    int kept = 0;
    for (int end = lineEnd(bytes, kept); end > 0; end = lineEnd(bytes, kept)) {
      if (stepOf(new String(bytes, kept, end - kept, UTF_8)) > step) {
        break;
      }
      kept = end;
    }
    try {
      channel.truncate(kept).position(kept);
    } catch (IOException e) {
      throw new CannotWriteException(path, e);
    }
  }

  /** Returns the position after the line that begins at {@code start}, 0 if it has no end. */
  private static int lineEnd(byte[] bytes, int start) {
    for (int i = start; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    return 0;
  }

  private long stepOf(String line) throws IOException {
    try {
      return Json.read(path.toString(), line).get(STEP).asLong();
    } catch (JsonException e) {
      throw new FormatException(path, "lines of JSON with a step", line.strip());
    }
  }

  /** Closes the file; other processes can use the run again. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
