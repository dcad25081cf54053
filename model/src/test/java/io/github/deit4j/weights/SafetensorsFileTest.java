package io.github.deit4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.tensor.ShapeException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
  @TempDir Path folder;

  /** Writes a file of one tensor {@code w} whose data are the hexadecimal bytes. */
  private Path file(String dtype, String shape, String hex) throws IOException {
    int bytes = hex.length() / 2;
    return file(
        "{\"w\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[0,%d]}}"
            .formatted(dtype, shape, bytes),
        HexFormat.of().parseHex(hex));
  }

  private Path file(String header, byte[] data) throws IOException {
    byte[] json = header.getBytes(UTF_8);
    var bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json).put(data);
    return Files.write(folder.resolve("t.safetensors"), bytes.array());
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 0000803f 00000080, 1.0, -0.0",
    "F32, 01000000 ffff7f7f, 1.4E-45, 3.4028235E38",
    "F64, 182d4454fb210940 9a9999999999b93f, 3.1415927, 0.1",
    "F16, 0100 ff7b, 5.9604645E-8, 65504.0",
    "F16, 00fc 0080, -Infinity, -0.0",
    "BF16, 803f 49c0, 1.0, -3.140625",
    "BF16, 0100 7f7f, 9.1835E-41, 3.3895314E38"
  })
  void convertsFloatingPointElements(String dtype, String hex, float first, float second)
      throws IOException {
    try (var file = SafetensorsFile.open(file(dtype, "[2]", hex.replace(" ", "")))) {
      assertThat(file.floats("w")).containsExactly(first, second);
      assertThat(file.floatMemory("w").toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
          .containsExactly(first, second);
      assertThatThrownBy(() -> file.longs("w"))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("expected an integer tensor \"w\", found " + dtype);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "I64, feffffffffffffff 0000000001000000, -2, 4294967296",
    "I32, feffffff ffffff7f, -2, 2147483647",
    "I16, feff ff7f, -2, 32767",
    "I8, fe 7f, -2, 127",
    "U8, fe 7f, 254, 127",
    "BOOL, 00 01, 0, 1"
  })
  void convertsIntegerElements(String dtype, String hex, long first, long second)
      throws IOException {
    try (var file = SafetensorsFile.open(file(dtype, "[2]", hex.replace(" ", "")))) {
      assertThat(file.longs("w")).containsExactly(first, second);
      assertThatThrownBy(() -> file.floats("w"))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("expected a floating-point tensor \"w\", found " + dtype);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}\n",
        " {\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[-1,-1],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[0,2147483648],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,null]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,3]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,9223372036854775807]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"strides\":[1]}}",
        "{\"w\":null}",
        "{\"__metadata__\":{\"a\":1},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"__metadata__\":[],\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{}"
      })
  void refusesBadHeaders(String header) throws IOException {
    Path path = file(header, new byte[4]);
    assertThatThrownBy(() -> SafetensorsFile.open(path).close())
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(path + ": ");
  }

  @Test
  void errorsNameTensorAndField() throws IOException {
    Path path = file("F32", "[2,-1]", "00000000");
    assertThatThrownBy(() -> SafetensorsFile.open(path).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll(path.toString(), "w.shape", "[2, -1]");
  }

  @Test
  void acceptsEmptyTensorsAnywhereAndMisalignedData() throws IOException {
    Path path =
        file(
            "{\"c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]},"
                + "\"e\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[1,1]},"
                + "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                + "\"z\":{\"dtype\":\"F32\",\"shape\":[2,0],\"data_offsets\":[5,5]}}",
            new byte[] {9, 0, 0, (byte) 0x80, 0x3f});
    try (var file = SafetensorsFile.open(path)) {
      assertThat(file.names()).containsExactly("b", "e", "c", "z");
      assertThat(file.longs("b")).containsExactly(9);
      assertThat(file.floats("c")).containsExactly(1);
      assertThat(file.floats("e")).isEmpty();
      assertThat(file.data("z").byteSize()).isZero();
    }
  }

  @Test
  void copiesOnlyIntoMemoryOfTheRightSize() throws IOException {
    try (var file = SafetensorsFile.open(file("BF16", "[2]", "803f0040"))) {
      var destination = new float[2];
      file.copyTo("w", MemorySegment.ofArray(destination));
      assertThat(destination).containsExactly(1, 2);
      assertThatThrownBy(() -> file.copyTo("w", MemorySegment.ofArray(new float[3])))
          .isInstanceOf(ShapeException.class)
          .hasMessageContainingAll("\"w\"", "expected 8 bytes", "found 12");
    }
  }

  @Test
  void dataAreReadOnlyAndGoneAfterClose() throws IOException {
    var file = SafetensorsFile.open(file("U8", "[1]", "05"));
    var data = file.data("w");
    assertThat(data.isReadOnly()).isTrue();
    file.close();
    assertThatThrownBy(() -> file.longs("w")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> data.asByteBuffer().get(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void namesAMissingTensor() throws IOException {
    try (var file = SafetensorsFile.open(file("U8", "[1]", "05"))) {
      assertThatThrownBy(() -> file.data("head.weight"))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("expected a tensor \"head.weight\"");
    }
  }

  @Test
  void refusesFoldersAndMissingFiles() {
    assertThatThrownBy(() -> SafetensorsFile.open(folder).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("found a folder");
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none")).close())
        .isInstanceOf(NoSuchFileException.class);
  }
}
