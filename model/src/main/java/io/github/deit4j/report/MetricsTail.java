package io.github.deit4j.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads a {@code metrics.jsonl} while it grows, only what is new each time. A run that is resumed
 * takes its file back to an earlier step, and another run may take its place: whatever no longer
 * ends as it did is read anew.
 */
final class MetricsTail {
  private static final int BUFFER = 1 << 16;

  /** What is longer is no line of ours; the rest of it is not kept. */
  private static final int LONGEST_LINE = 1 << 20;

  /** Enough to tell a line from another one in its place, since steps take different times. */
  private static final int REMEMBERED = 4096;

  private final Path file;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private Curves curves = new Curves();
  private long end;
  private ByteBuffer lastRead = ByteBuffer.allocate(0);

  MetricsTail(Path file) {
    this.file = file;
  }

  /** Returns the curves of all lines that were written to their end when they were last read. */
  Curves curves() {
    return curves;
  }

  /** Returns the same with a last line that has no end, as a killed run leaves one. */
  Curves whole() {
    if (line.size() > 0) {
      endLine();
    }
    return curves;
  }

  /** Reads what is new. A file that is missing is as good as an empty one. */
  void read() throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      if (!before(channel).equals(lastRead)) {
        forget();
      }
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
      channel.position(end);
      while (channel.read(buffer.clear()) > 0) {
        end += buffer.position();
        take(buffer.flip());
      }
      lastRead = before(channel);
    } catch (NoSuchFileException e) {
      forget();
    }
  }

  private void forget() {
    curves = new Curves();
    line.reset();
    end = 0;
    lastRead = ByteBuffer.allocate(0);
  }

  /** Returns the bytes up to the place that has been read, as they are in the file. */
  private ByteBuffer before(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(REMEMBERED, end));
    long start = end - bytes.capacity();
    while (bytes.hasRemaining() && channel.read(bytes, start + bytes.position()) > 0) {
      // Goes on until all are there, or the file ends before.
    }
    return bytes.flip();
  }

  private void take(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      byte next = bytes.get();
      if (next == '\n') {
        endLine();
      } else if (line.size() < LONGEST_LINE) {
        line.write(next);
      }
    }
  }

  private void endLine() {
    curves.addLine(line.toString(UTF_8)); // a damaged character is one that can't be read
    line.reset();
  }
}
