package io.github.deit4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.weights.SafetensorsWriter.Entry;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  @TempDir Path folder;

  @Test
  void writesTheseBytes() throws IOException {
    Path path = folder.resolve("a.safetensors");
    SafetensorsWriter.write(
        path,
        Map.of("b", "2", "a", "é"),
        List.of(
            Entry.of("w", Shape.of(2), new float[] {1.5f, -2}),
            Entry.of("n", Shape.of(), new long[] {-1})));
    String json =
        "{\"__metadata__\":{\"a\":\"é\",\"b\":\"2\"},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[8,16]}}";
    byte[] header = json.getBytes(UTF_8);
    int padded = (header.length + 7) / 8 * 8;
    var expected = ByteBuffer.allocate(8 + padded + 16).order(ByteOrder.LITTLE_ENDIAN);
    expected.putLong(padded).put(header).put(" ".repeat(padded - header.length).getBytes(UTF_8));
    expected.putFloat(1.5f).putFloat(-2).putLong(-1);
    assertThat(Files.readAllBytes(path)).isEqualTo(expected.array());
  }

  @Test
  void readsBackWhatItWrote() throws IOException {
    Path path = folder.resolve("a.safetensors");
    // Longer than one chunk, with a ragged end.
    var large = new float[700_001];
    for (int i = 0; i < large.length; i++) {
      large[i] = Float.intBitsToFloat(i * 0x9E3779B9 & 0xBFFFFFFF);
    }
    var metadata = new LinkedHashMap<String, String>();
    metadata.put("z", "last");
    metadata.put("a", "first \"quoted\"");
    SafetensorsWriter.write(
        path,
        metadata,
        List.of(
            Entry.of("large", Shape.of(700_001), large),
            Entry.of("empty", Shape.of(3, 0), new float[0]),
            Entry.of("ints", Shape.of(1, 2), new long[] {Long.MIN_VALUE, 7}),
            new Entry("bytes", DType.U8, Shape.of(3), MemorySegment.ofArray(new byte[] {1, -1, 0})),
            Entry.of("name é/\"\\", Shape.of(), new float[] {3})));
    try (var file = SafetensorsFile.open(path)) {
      assertThat(file.names()).containsExactly("large", "empty", "ints", "bytes", "name é/\"\\");
      assertThat(file.metadata()).isEqualTo(metadata);
      assertThat(file.metadata().keySet()).containsExactly("a", "z");
      assertThat(file.floats("large")).isEqualTo(large);
      assertThat(file.tensors().get("empty").shape()).isEqualTo(Shape.of(3, 0));
      assertThat(file.floats("empty")).isEmpty();
      assertThat(file.longs("ints")).containsExactly(Long.MIN_VALUE, 7);
      assertThat(file.longs("bytes")).containsExactly(1, 255, 0);
      assertThat(file.floats("name é/\"\\")).containsExactly(3);
    }
  }

  @Test
  void writesOffHeapMemory() throws IOException {
    Path path = folder.resolve("a.safetensors");
    try (var arena = Arena.ofConfined()) {
      var data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3);
      SafetensorsWriter.write(
          path, Map.of(), List.of(new Entry("w", DType.F32, Shape.of(3), data)));
    }
    try (var file = SafetensorsFile.open(path)) {
      assertThat(file.floats("w")).containsExactly(1, 2, 3);
      assertThat(file.metadata()).isEmpty();
    }
  }

  @Test
  void theOrderOfMetadataDoesNotMatter() throws IOException {
    var tensors = List.of(Entry.of("w", Shape.of(1), new float[] {1}));
    var forward = new LinkedHashMap<String, String>();
    var backward = new LinkedHashMap<String, String>();
    for (int i = 0; i < 10; i++) {
      forward.put("key" + i, "v" + i);
      backward.put("key" + (9 - i), "v" + (9 - i));
    }
    SafetensorsWriter.write(folder.resolve("a"), forward, tensors);
    SafetensorsWriter.write(folder.resolve("b"), backward, tensors);
    assertThat(folder.resolve("a")).hasSameBinaryContentAs(folder.resolve("b"));
  }

  @Test
  void writesAFileWithoutTensors() throws IOException {
    Path path = folder.resolve("a.safetensors");
    SafetensorsWriter.write(path, Map.of(), List.of());
    try (var file = SafetensorsFile.open(path)) {
      assertThat(file.names()).isEmpty();
    }
  }

  @Test
  void refusesWhatTheFormatCannotHold() {
    Path path = folder.resolve("a.safetensors");
    var tensor = Entry.of("w", Shape.of(1), new float[1]);
    assertThatThrownBy(() -> SafetensorsWriter.write(path, Map.of(), List.of(tensor, tensor)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found \"w\"");
    var reserved = Entry.of("__metadata__", Shape.of(1), new float[1]);
    assertThatThrownBy(() -> SafetensorsWriter.write(path, Map.of(), List.of(reserved)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("__metadata__");
    assertThatThrownBy(() -> Entry.of("w", Shape.of(2, 2), new float[3]))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("\"w\"")
        .hasMessageContaining("[2, 2]")
        .hasMessageContaining("found 12");
    assertThat(path).doesNotExist();
  }
}
