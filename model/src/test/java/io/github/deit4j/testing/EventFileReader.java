package io.github.deit4j.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Reads event files of TensorBoard, strictly and by what is published of them alone: TFRecord's
 * framing, the reflected CRC-32C polynomial, and event.proto and summary.proto.
 */
public final class EventFileReader {
  private static final int CASTAGNOLI = 0x82f63b78;

  private EventFileReader() {}

  /**
   * An event.
   *
   * @param fileVersion empty if it is none of a file's beginning
   * @param sessionStatus 0 if it is none of a session
   */
  public record Event(
      double wallTime,
      long step,
      String fileVersion,
      int sessionStatus,
      Map<String, Float> scalars) {}

  /** Returns a folder's files in the order in which TensorBoard reads them. */
  public static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.getFileName().toString().contains("tfevents")).sorted().toList();
    }
  }

  /** Reads all events of a file. */
  public static List<Event> read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      int start = bytes.position();
      long length = bytes.getLong();
      requireCrc(bytes, start, 8);
      require(length >= 0 && length <= bytes.remaining() - 4, "a length within the file", length);
      int data = bytes.position();
      bytes.position(data + (int) length);
      requireCrc(bytes, data, (int) length);
      events.add(event(bytes.slice(data, (int) length).order(ByteOrder.LITTLE_ENDIAN)));
    }
    return events;
  }

  private static void requireCrc(ByteBuffer bytes, int start, int length) throws IOException {
    int crc = -1;
    for (int i = start; i < start + length; i++) {
      crc ^= bytes.get(i) & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : CASTAGNOLI);
      }
    }
    crc = ~crc;
    int masked = (crc >>> 15 | crc << 17) + 0xa282ead8;
    require(bytes.getInt() == masked, "the checksum of " + length + " bytes", "another");
  }

  private static void require(boolean holds, String expected, Object found) throws IOException {
    if (!holds) {
      throw new IOException("event file: expected " + expected + ", found " + found);
    }
  }

  private static Event event(ByteBuffer in) throws IOException {
    double wallTime = 0;
    long step = 0;
    String version = "";
    int status = 0;
    Map<String, Float> scalars = new HashMap<>();
    while (in.hasRemaining()) {
      int tag = (int) varint(in);
      switch (tag) {
        case 1 << 3 | 1 -> wallTime = in.getDouble();
        case 2 << 3 -> step = varint(in);
        case 3 << 3 | 2 -> version = UTF_8.decode(part(in)).toString();
        case 5 << 3 | 2 -> summary(part(in), scalars);
        case 7 << 3 | 2 -> status = session(part(in));
        default -> require(false, "a field of Event", "tag " + tag);
      }
    }
    return new Event(wallTime, step, version, status, scalars);
  }

  private static void summary(ByteBuffer in, Map<String, Float> scalars) throws IOException {
    while (in.hasRemaining()) {
      long field = varint(in);
      require(field == (1 << 3 | 2), "Summary.value", "tag " + field);
      ByteBuffer value = part(in);
      String name = null;
      Float number = null;
      while (value.hasRemaining()) {
        int tag = (int) varint(value);
        switch (tag) {
          case 1 << 3 | 2 -> name = UTF_8.decode(part(value)).toString();
          case 2 << 3 | 5 -> number = value.getFloat();
          default -> require(false, "a field of Summary.Value", "tag " + tag);
        }
      }
      require(name != null && number != null, "tag and simple_value", name + " and " + number);
      require(scalars.put(name, number) == null, "each tag once", name);
    }
  }

  private static int session(ByteBuffer in) throws IOException {
    long field = varint(in);
    require(field == 1 << 3, "SessionLog.status", "tag " + field);
    int status = (int) varint(in);
    require(!in.hasRemaining(), "nothing else", "more");
    return status;
  }

  private static ByteBuffer part(ByteBuffer in) throws IOException {
    long length = varint(in);
    require(length >= 0 && length <= in.remaining(), "a part within its message", length);
    ByteBuffer part = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + (int) length);
    return part;
  }

  private static long varint(ByteBuffer in) throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IOException("event file: a varint of more than ten bytes");
  }
}
