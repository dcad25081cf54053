package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.testing.FuzzedFormat;
import io.github.deit4j.weights.SafetensorsWriter.Entry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Every tensor of a file that opens can be read; a file that does not open is named. */
class SafetensorsFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() throws IOException {
    Path path = folder().resolve("seed.safetensors");
    SafetensorsWriter.write(
        path,
        Map.of("model", "deit"),
        List.of(
            Entry.of("cls_token", Shape.of(1, 1, 4), new float[4]),
            new Entry("half", DType.F16, Shape.of(3), MemorySegment.ofArray(new byte[6])),
            Entry.of("empty", Shape.of(0, 4), new float[0]),
            Entry.of("step", Shape.of(), new long[1])));
    return List.of(
        Files.readAllBytes(path),
        file("{}", 0),
        file("{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}  ", 16),
        file("{\"a\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,2]}}", 1));
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  /** Makes the header's length fit the object at the beginning. */
  @Override
  protected byte[] repaired(byte[] content) {
    int depth = 0;
    for (int i = Long.BYTES; i < content.length; i++) {
      depth += content[i] == '{' ? 1 : content[i] == '}' ? -1 : 0;
      if (depth == 0) {
        byte[] repaired = content.clone();
        ByteBuffer.wrap(repaired).order(ByteOrder.LITTLE_ENDIAN).putLong(0, i + 1L - Long.BYTES);
        return repaired;
      }
    }
    return content;
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    Path path = Files.write(folder().resolve("fuzz.safetensors"), content);
    try (var file = SafetensorsFile.open(path)) {
      for (TensorInfo tensor : file.tensors().values()) {
        assertThat(elements(file, tensor)).isEqualTo(tensor.shape().elements());
      }
      return true;
    } catch (FormatException e) {
      assertThat(e).hasMessageStartingWith(path + ": ");
      return false;
    }
  }

  private static long elements(SafetensorsFile file, TensorInfo tensor) throws IOException {
    return tensor.isFloatingPoint()
        ? file.floats(tensor.name()).length
        : file.longs(tensor.name()).length;
  }
}
