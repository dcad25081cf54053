package io.github.deit4j.tensorboard;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.github.deit4j.protobuf.ProtobufMessage;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * An event file of TensorBoard. Each record is the length of an event (64 bits, little-endian), the
 * masked CRC-32C of these eight bytes, the event, and the masked CRC-32C of it (TFRecord). Events
 * are messages of protocol buffers, with field numbers as in {@code event.proto} and {@code
 * summary.proto} of <a href="https://github.com/tensorflow/tensorboard">tensorflow/tensorboard</a>.
 *
 * <p>TensorBoard reads all files of a folder one after another, in the order of their names. A run
 * that goes on from an earlier step begins a new file, whose start makes TensorBoard drop what
 * other files tell of the steps that are done again.
 */
public final class EventFile implements AutoCloseable {
  private static final String VERSION = "brain.Event:2";
  private static final double NANOS = 1e9;

  // Of Event.
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;

  // Of Summary, Summary.Value and SessionLog.
  private static final int VALUE = 1;
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int STATUS = 1;
  private static final int START = 1;

  private final Path path;
  private final FileChannel channel;
  private final Clock clock;

  private EventFile(Path path, FileChannel channel, Clock clock) {
    this.path = path;
    this.channel = channel;
    this.clock = clock;
  }

  /**
   * Begins a new file, {@code events.out.tfevents.SECONDS.deit4j.N}.
   *
   * @param restart the first step that is done again, 0 if none is
   * @throws CannotWriteException if it cannot be created
   */
  public static EventFile create(Path folder, long restart) throws IOException {
    return create(folder, restart, Clock.systemUTC());
  }

  static EventFile create(Path folder, long restart, Clock clock) throws IOException {
    String name = "events.out.tfevents.%010d.deit4j.".formatted(clock.instant().getEpochSecond());
    EventFile file = null;
    for (int number = 0; file == null; number++) {
      Path path = folder.resolve(name + number);
      try {
        file = new EventFile(path, FileChannel.open(path, CREATE_NEW, WRITE), clock);
      } catch (FileAlreadyExistsException e) {
        // The next number, then.
      } catch (IOException e) {
        throw new CannotWriteException(path, e);
      }
    }
    file.write(file.event(0).text(FILE_VERSION, VERSION));
    if (restart > 0) {
      var start = new ProtobufMessage().integer(STATUS, START);
      file.write(file.event(restart).message(SESSION_LOG, start));
    }
    return file;
  }

  /**
   * Writes numbers and hands them to the system.
   *
   * @param step optimizer steps done
   * @param scalars by TensorBoard's tags; float32 in the file
   * @throws CannotWriteException if they cannot be written; nothing of them is left in the file
   */
  public void add(long step, Map<String, Double> scalars) throws IOException {
    ProtobufMessage summary = new ProtobufMessage();
    scalars.forEach(
        (tag, value) ->
            summary.message(
                VALUE,
                new ProtobufMessage().text(TAG, tag).number(SIMPLE_VALUE, value.floatValue())));
    write(event(step).message(SUMMARY, summary));
  }

  private ProtobufMessage event(long step) {
    Instant now = clock.instant();
    ProtobufMessage event = new ProtobufMessage();
    event.number(WALL_TIME, now.getEpochSecond() + now.getNano() / NANOS);
    return event.integer(STEP, step);
  }

  private void write(ProtobufMessage event) throws IOException {
    byte[] data = event.toByteArray();
    ByteBuffer record =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(data.length);
    record.putInt(maskedCrc(record.array(), Long.BYTES)).put(data);
    record.putInt(maskedCrc(data, data.length)).flip();
    long end = channel.position();
    try {
      AtomicFiles.writeFully(channel, record);
    } catch (IOException e) {
      channel.truncate(end);
      throw new CannotWriteException(path, e);
    }
  }

  /** A checksum of bytes that hold checksums tells little, so TFRecord turns it and adds to it. */
  private static int maskedCrc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  /** Ends the file. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
