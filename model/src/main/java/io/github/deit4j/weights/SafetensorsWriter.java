package io.github.deit4j.weights;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes safetensors files. The same arguments give the same bytes. */
public final class SafetensorsWriter {
  private static final int DATA_ALIGNMENT = 8;

  private SafetensorsWriter() {}

  /**
   * A tensor to write.
   *
   * @param data its row-major elements, little-endian, {@code shape.elements() × dtype.bytes()}
   *     bytes; read while the file is written
   */
  public record Entry(String name, DType dtype, Shape shape, MemorySegment data) {
    /**
     * Checks that data and shape fit.
     *
     * @throws ShapeException if the data have another length than the shape needs
     */
    public Entry {
      if (data.byteSize() % dtype.bytes() != 0
          || data.byteSize() / dtype.bytes() != shape.elements()) {
        throw new ShapeException(
            "tensor \"%s\": expected the bytes of %s elements of %s, found %d"
                .formatted(name, shape, dtype, data.byteSize()));
      }
    }

    /** Returns an {@link DType#F32} tensor with a copy of the values. */
    public static Entry of(String name, Shape shape, float[] values) {
      var data = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Float.BYTES)]);
      MemorySegment.copy(values, 0, data, Elements.FLOAT, 0, values.length);
      return new Entry(name, DType.F32, shape, data);
    }

    /** Returns an {@link DType#I64} tensor with a copy of the values. */
    public static Entry of(String name, Shape shape, long[] values) {
      var data = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Long.BYTES)]);
      MemorySegment.copy(values, 0, data, Elements.LONG, 0, values.length);
      return new Entry(name, DType.I64, shape, data);
    }
  }

  /**
   * Writes a file atomically, see {@link AtomicFiles}. Data start at a multiple of 8 bytes and lie
   * without gaps in the order given.
   *
   * @param metadata free text entries of the header, written in the order of their keys
   * @throws IllegalArgumentException if two tensors have the same name, one has the name {@code
   *     __metadata__}, or a text holds half a surrogate pair
   * @throws CannotWriteException if the file cannot be written
   */
  public static void write(Path path, Map<String, String> metadata, List<Entry> tensors)
      throws IOException {
    List<TensorInfo> infos = new ArrayList<>();
    long offset = 0;
    for (Entry tensor : tensors) {
      long bytes = tensor.data().byteSize();
      infos.add(new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape(), offset, bytes));
      offset += bytes;
    }
    byte[] beginning = beginning(metadata, infos);
    AtomicFiles.write(
        path,
        channel -> {
          AtomicFiles.writeFully(channel, ByteBuffer.wrap(beginning));
          for (Entry tensor : tensors) {
            AtomicFiles.writeFully(channel, tensor.data());
          }
        });
  }

  /**
   * Returns what a file begins with, the header's length and the header: for files whose data are
   * written in their places over time. The data begin behind it.
   *
   * @param tensors in the order of their data, without gaps
   * @throws IllegalArgumentException as {@link #write}
   */
  public static byte[] beginning(Map<String, String> metadata, List<TensorInfo> tensors) {
    var header = new LinkedHashMap<String, Object>();
    if (!metadata.isEmpty()) {
      header.put(SafetensorsFile.METADATA, new TreeMap<>(metadata));
    }
    for (TensorInfo tensor : tensors) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("dtype", tensor.dtype().name());
      fields.put("shape", Arrays.stream(tensor.shape().sizes()).boxed().toList());
      fields.put("data_offsets", List.of(tensor.offset(), tensor.offset() + tensor.bytes()));
      if (tensor.name().equals(SafetensorsFile.METADATA)
          || header.put(tensor.name(), fields) != null) {
        throw new IllegalArgumentException(
            "expected tensors of different names, none of them %s, found \"%s\""
                .formatted(SafetensorsFile.METADATA, tensor.name()));
      }
    }
    byte[] json = JsonWriter.compact(header).getBytes(UTF_8);
    int aligned = Math.ceilDiv(json.length, DATA_ALIGNMENT) * DATA_ALIGNMENT;
    ByteBuffer beginning = ByteBuffer.allocate(Long.BYTES + aligned).order(LITTLE_ENDIAN);
    Arrays.fill(beginning.array(), (byte) ' ');
    return beginning.putLong(aligned).put(json).array();
  }
}
