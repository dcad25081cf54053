package io.github.deit4j.weights;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A checked safetensors header: every tensor's bytes lie within the data section, the tensors
 * together cover it exactly, and none shares a byte with another.
 *
 * @param metadata the free text entries of {@value #METADATA}
 * @param tensors by name, in the order of the data
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, TensorInfo> tensors) {
  static final String METADATA = "__metadata__";
  private static final int MAX_RANK = 8;
  private static final Set<String> TENSOR_KEYS = Set.of("dtype", "shape", "data_offsets");

  /**
   * Parses and checks a header.
   *
   * @param json the header's bytes, which may end with spaces
   * @param dataBytes length of the data section
   */
  static SafetensorsHeader parse(Path file, byte[] json, long dataBytes) throws FormatException {
    requireObject(file, json);
    try {
      var root = Json.read(file + ": header", json);
      Map<String, String> metadata = Map.of();
      var tensors = new ArrayList<TensorInfo>();
      for (String name : root.keys()) {
        if (name.equals(METADATA)) {
          metadata = metadata(root.get(name));
        } else {
          tensors.add(tensor(name, root.get(name)));
        }
      }
      tensors.sort(
          Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::bytes));
      requireExactCover(file, tensors, dataBytes);
      return new SafetensorsHeader(metadata, byName(tensors));
    } catch (JsonException e) {
      throw new FormatException(e.getMessage(), e);
    }
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

  private static Map<String, String> metadata(JsonValue object) throws JsonException {
    var metadata = new LinkedHashMap<String, String>();
    for (String key : object.keys()) {
      metadata.put(key, object.get(key).asString());
    }
    return Collections.unmodifiableMap(metadata);
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
    for (DType dtype : DType.values()) {
      if (dtype.name().equals(name)) {
        return dtype;
      }
    }
    throw value.error("expected one of " + List.of(DType.values()) + ", found \"" + name + "\"");
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
            "the data of tensor \""
                + tensor.name()
                + "\" at byte "
                + covered
                + ", where those before it end",
            (tensor.offset() < covered ? "an overlap" : "a hole")
                + ": it begins at byte "
                + tensor.offset());
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

  private static Map<String, TensorInfo> byName(List<TensorInfo> tensors) {
    var byName = LinkedHashMap.<String, TensorInfo>newLinkedHashMap(tensors.size());
    for (TensorInfo tensor : tensors) {
      byName.put(tensor.name(), tensor);
    }
    return Collections.unmodifiableMap(byName);
  }
}
