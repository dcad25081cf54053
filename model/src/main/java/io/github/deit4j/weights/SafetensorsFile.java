package io.github.deit4j.weights;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.file.StandardOpenOption.READ;

import io.github.deit4j.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An open safetensors file: an 8-byte little-endian header length, a JSON header that says where
 * each tensor lies, and the tensors' row-major little-endian elements.
 *
 * <p>The whole header is checked when the file is opened, so that no later read can leave the file
 * or mix tensors. The data are mapped, not read: opening costs no memory. Safe for use by many
 * threads. The file must not be changed while it is open.
 */
public final class SafetensorsFile implements WeightFile {
  /** Bytes of the header length in front of the header. */
  static final int PREFIX_BYTES = 8;

  private static final long MAX_HEADER_BYTES = 100_000_000;

  private final Path path;
  private final SafetensorsHeader header;
  private final Arena arena;
  private final MemorySegment data;

  private SafetensorsFile(Path path, SafetensorsHeader header, Arena arena, MemorySegment data) {
    this.path = path;
    this.header = header;
    this.arena = arena;
    this.data = data;
  }

  /**
   * Opens a file and checks its whole header.
   *
   * @throws FormatException if the file is not a well-formed safetensors file, or has an element
   *     type that {@link DType} lacks
   * @throws IOException if the file is missing or cannot be read
   */
  public static SafetensorsFile open(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new FormatException(path, "a safetensors file", "a folder or device");
    }
    try (FileChannel channel = FileChannel.open(path, READ)) {
      long fileBytes = channel.size();
      long headerBytes = headerBytes(path, channel, fileBytes);
      long dataBegin = PREFIX_BYTES + headerBytes;
      byte[] json = read(path, channel, PREFIX_BYTES, (int) headerBytes);
      var header = SafetensorsHeader.parse(path, json, fileBytes - dataBegin);
      return map(path, channel, header, dataBegin, fileBytes - dataBegin);
    }
  }

  private static long headerBytes(Path path, FileChannel channel, long fileBytes)
      throws IOException {
    if (fileBytes < PREFIX_BYTES) {
      throw new FormatException(
          path, "a safetensors file of 8 bytes or more", fileBytes + " bytes");
    }
    long headerBytes =
        ByteBuffer.wrap(read(path, channel, 0, PREFIX_BYTES)).order(LITTLE_ENDIAN).getLong();
    long most = Math.min(fileBytes - PREFIX_BYTES, MAX_HEADER_BYTES);
    if (headerBytes <= 0 || headerBytes > most) {
      throw new FormatException(
          path,
          "a safetensors header of 1 to " + most + " bytes",
          "header length "
              + Long.toUnsignedString(headerBytes)
              + "; the file may be cut off or have another format");
    }
    return headerBytes;
  }

  private static byte[] read(Path path, FileChannel channel, long position, int length)
      throws IOException {
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new FormatException(path, "an unchanging file", "one that became shorter");
      }
    }
    return bytes.array();
  }

  @SuppressWarnings("MustBeClosedChecker") // the returned file closes the arena
  private static SafetensorsFile map(
      Path path, FileChannel channel, SafetensorsHeader header, long begin, long length)
      throws IOException {
    var arena = Arena.ofShared();
    try {
      var data = channel.map(MapMode.READ_ONLY, begin, length, arena);
      return new SafetensorsFile(path, header, arena, data);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  @Override
  public Path path() {
    return path;
  }

  /** Returns the tensors' names in the order of their data. */
  public List<String> names() {
    return List.copyOf(header.tensors().keySet());
  }

  /** Returns the tensors by name, in the order of their data. */
  @Override
  public Map<String, TensorInfo> tensors() {
    return header.tensors();
  }

  /** Returns the free text entries of the header, in the file's order; empty if it has none. */
  @Override
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * Returns a tensor's raw bytes, read-only, little-endian, at any alignment. They can be used
   * until the file is closed.
   *
   * @throws FormatException if the file has no such tensor
   */
  public MemorySegment data(String name) throws FormatException {
    var tensor = tensor(name);
    return data.asSlice(tensor.offset(), tensor.bytes());
  }

  @Override
  public MemorySegment floatMemory(String name) throws FormatException {
    boolean asStored = Elements.areNativeFloats(tensor(name).dtype());
    return asStored ? data(name) : MemorySegment.ofArray(floats(name));
  }

  @Override
  public void copyTo(String name, MemorySegment destination) throws FormatException {
    var tensor = tensor(name);
    tensor.requireFloats(path, destination);
    Elements.toFloats(tensor.dtype(), data(name), destination);
  }

  @Override
  public long[] longs(String name) throws FormatException {
    var tensor = tensor(name);
    var longs = new long[tensor.requireIntegers(path)];
    Elements.toLongs(tensor.dtype(), data(name), longs);
    return longs;
  }

  /** Unmaps the file. Segments from {@link #data} then throw {@link IllegalStateException}. */
  @Override
  public void close() {
    arena.close();
  }
}
