package io.github.deit4j.weights;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * An open safetensors file: an 8-byte little-endian header length, a JSON header that says where
 * each tensor lies, and the tensors' row-major little-endian elements.
 *
 * <p>The whole header is checked when the file is opened, so that no later read can leave the file
 * or mix tensors. The data are mapped, not read: opening costs no memory.
 */
public final class SafetensorsFile extends WeightFile {
  /** Bytes of the header length in front of the header. */
  static final int PREFIX_BYTES = 8;

  /** Key of the header's free text entries. */
  static final String METADATA = "__metadata__";

  private static final long MAX_HEADER_BYTES = 100_000_000;
  private static final int MAX_RANK = 8;
  private static final Set<String> TENSOR_KEYS = Set.of("dtype", "shape", "data_offsets");

  private final MemorySegment data;

  private SafetensorsFile(Path path, Arena arena, MemorySegment content) throws FormatException {
    byte[] json = header(path, content);
    requireObject(path, json);
    MemorySegment data = content.asSlice(PREFIX_BYTES + json.length);
    Map<String, String> metadata = new LinkedHashMap<>();
    List<TensorInfo> tensors = new ArrayList<>();
    try {
      var header = Json.read(path + ": header", json);
      for (String name : header.keys()) {
        JsonValue entry = header.get(name);
        if (name.equals(METADATA)) {
          for (String key : entry.keys()) {
            metadata.put(key, entry.get(key).asString());
          }
        } else {
          tensors.add(tensor(name, entry));
        }
      }
    } catch (JsonException e) {
      throw new FormatException(e.getMessage(), e);
    }
    tensors.sort(Comparator.comparingLong(TensorInfo::offset).thenComparing(TensorInfo::bytes));
    requireExactCover(path, tensors, data.byteSize());
    Map<String, TensorInfo> byName = new LinkedHashMap<>();
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    super(path, byName, metadata, arena::close);
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
    return map(path, (arena, content) -> new SafetensorsFile(path, arena, content));
  }

  private static byte[] header(Path path, MemorySegment content) throws FormatException {
    if (content.byteSize() < PREFIX_BYTES) {
      throw new FormatException(
          path, "a safetensors file of 8 bytes or more", content.byteSize() + " bytes");
    }
    long length = content.get(Elements.LONG, 0);
    long most = Math.min(content.byteSize() - PREFIX_BYTES, MAX_HEADER_BYTES);
    if (length <= 0 || length > most) {
      throw new FormatException(
          path,
          "a safetensors header of 1 to " + most + " bytes",
          "header length %s; the file may be cut off or have another format"
              .formatted(Long.toUnsignedString(length)));
    }
    return content.asSlice(PREFIX_BYTES, length).toArray(Elements.BYTE);
  }

  // JSON would also allow other white space around the object; the format allows spaces after it.
  private static void requireObject(Path file, byte[] json) throws FormatException {
    int end = json.length;
    while (end > 0 && json[end - 1] == ' ') {
      end--;
    }
    if (end == 0 || json[0] != '{' || json[end - 1] != '}') {
      throw new FormatException(
          file, "a header that is a JSON object, padded with spaces", "something else");
    }
  }

  private static TensorInfo tensor(String name, JsonValue entry) throws JsonException {
    if (!entry.keys().equals(TENSOR_KEYS)) {
      throw entry.error("expected the keys " + TENSOR_KEYS + ", found " + entry.keys());
    }
    var dtype = dtype(entry.get("dtype"));
    var shape = shape(entry.get("shape"));
    var offsets = entry.get("data_offsets");
    var items = offsets.items();
    if (items.size() != 2) {
      throw offsets.error("expected 2 integers, found " + items.size() + " values");
    }
    long begin = items.get(0).asLong();
    long end = items.get(1).asLong();
    if (begin < 0 || begin > end) {
      throw offsets.error("expected 0 <= begin <= end, found begin " + begin + " and end " + end);
    }
    long bytes = end - begin;
    if (shape.elements() != bytes / dtype.bytes() || bytes % dtype.bytes() != 0) {
      throw offsets.error(
          "expected the bytes of " + shape + " elements of " + dtype + ", found " + bytes);
    }
    return new TensorInfo(name, dtype, shape, begin, bytes);
  }

  private static DType dtype(JsonValue value) throws JsonException {
    String name = value.asString();
    return Stream.of(DType.values())
        .filter(dtype -> dtype.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                value.error(
                    "expected one of " + List.of(DType.values()) + ", found \"" + name + "\""));
  }

  private static Shape shape(JsonValue value) throws JsonException {
    int[] sizes = value.asInts();
    if (sizes.length > MAX_RANK) {
      throw value.error("expected at most " + MAX_RANK + " dimensions, found " + sizes.length);
    }
    try {
      return Shape.of(sizes);
    } catch (ShapeException e) {
      throw value.error(e.getMessage());
    }
  }

  private static void requireExactCover(Path file, List<TensorInfo> sorted, long dataBytes)
      throws FormatException {
    long covered = 0;
    for (TensorInfo tensor : sorted) {
      if (tensor.offset() != covered) {
        throw new FormatException(
            file,
            "the data of tensor \"%s\" at byte %d, where those before it end"
                .formatted(tensor.name(), covered),
            "%s: it begins at byte %d"
                .formatted(tensor.offset() < covered ? "an overlap" : "a hole", tensor.offset()));
      }
      covered += tensor.bytes();
      if (covered > dataBytes) {
        throw new FormatException(
            file,
            "tensor \"" + tensor.name() + "\" to end within the " + dataBytes + " bytes of data",
            "end " + covered + "; the file may be cut off");
      }
    }
    if (covered != dataBytes) {
      throw new FormatException(
          file, "the file to end with the last tensor", dataBytes - covered + " bytes after it");
    }
  }

  /** Returns the tensors' names in the order of their data. */
  public List<String> names() {
    return List.copyOf(tensors().keySet());
  }

  @Override
  public MemorySegment data(String name) throws FormatException {
    var tensor = tensor(name);
    return data.asSlice(tensor.offset(), tensor.bytes());
  }
}
