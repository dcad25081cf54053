package io.github.deit4j.protobuf;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in the wire format of protocol buffers, field after field. Large contents are kept by
 * reference and read only when the message is written.
 */
public final class ProtobufMessage {
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_32 = 5;

  private final List<MemorySegment> parts = new ArrayList<>();
  private long size;

  /** Begins with no fields. */
  public ProtobufMessage() {}

  /** Adds an integer, enum or boolean. */
  public ProtobufMessage integer(int field, long value) {
    tag(field, VARINT);
    varint(value);
    return this;
  }

  /** Adds a float. */
  public ProtobufMessage number(int field, float value) {
    tag(field, FIXED_32);
    var bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(value);
    add(MemorySegment.ofArray(bytes.array()));
    return this;
  }

  /** Adds a double. */
  public ProtobufMessage number(int field, double value) {
    tag(field, FIXED_64);
    var bytes = ByteBuffer.allocate(Double.BYTES).order(ByteOrder.LITTLE_ENDIAN).putDouble(value);
    add(MemorySegment.ofArray(bytes.array()));
    return this;
  }

  /** Adds a text. */
  public ProtobufMessage text(int field, String text) {
    return bytes(field, MemorySegment.ofArray(text.getBytes(UTF_8)));
  }

  /** Adds bytes, which must not change until the message is written. */
  public ProtobufMessage bytes(int field, MemorySegment bytes) {
    tag(field, LENGTH_DELIMITED);
    varint(bytes.byteSize());
    add(bytes);
    return this;
  }

  /** Adds a message as it is now. */
  public ProtobufMessage message(int field, ProtobufMessage message) {
    tag(field, LENGTH_DELIMITED);
    varint(message.size);
    message.parts.forEach(this::add);
    return this;
  }

  private void tag(int field, int wireType) {
    varint((long) field << 3 | wireType);
  }

  /** Seven bits a byte, the lowest first; all but the last byte have the top bit set. */
  private void varint(long value) {
    byte[] bytes =
        new byte[Math.ceilDiv(Math.max(1, Long.SIZE - Long.numberOfLeadingZeros(value)), 7)];
    long rest = value;
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (rest & 0x7f | (i + 1 < bytes.length ? 0x80 : 0));
      rest >>>= 7;
    }
    add(MemorySegment.ofArray(bytes));
  }

  private void add(MemorySegment part) {
    parts.add(part);
    size += part.byteSize();
  }

  /** Returns the message's length in bytes. */
  public long size() {
    return size;
  }

  /** Writes the message, without its length. */
  public void writeTo(FileChannel channel) throws IOException {
    for (MemorySegment part : parts) {
      AtomicFiles.writeFully(channel, part);
    }
  }

  /** Returns a small message as it is written. */
  public byte[] toByteArray() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(size)]);
    long end = 0;
    for (MemorySegment part : parts) {
      MemorySegment.copy(part, 0, bytes, end, part.byteSize());
      end += part.byteSize();
    }
    return (byte[]) bytes.heapBase().orElseThrow();
  }
}
