package io.github.deit4j.bindings.turbojpeg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.CString;
import io.github.deit4j.bindings.NativeLibraries;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** jextract drops silently what it cannot bind, and symbols are looked up at first use only. */
class TurboJpegTest {
  private static final Path INCLUDES = Path.of("src/main/jextract/turbojpeg/includes.txt");

  static List<String> functions() throws IOException {
    return included("--include-function ");
  }

  static List<String> constants() throws IOException {
    return included("--include-constant ");
  }

  @BeforeAll
  static void load() {
    assumeTrue(
        NativeLibraries.turboJpeg().place().isPresent(), NativeLibraries.turboJpeg()::toString);
  }

  @ParameterizedTest
  @MethodSource("functions")
  void functionIsInTheLibrary(String name) throws ReflectiveOperationException {
    var address = (MemorySegment) TurboJpeg.class.getMethod(name + "$address").invoke(null);

    assertThat(address.address()).isNotZero();
    assertThat(TurboJpeg.class.getMethod(name + "$handle").invoke(null)).isNotNull();
  }

  @ParameterizedTest
  @MethodSource("constants")
  void constantIsBound(String name) throws ReflectiveOperationException {
    assertThat(TurboJpeg.class.getMethod(name).invoke(null)).isNotNull();
  }

  @Test
  void tellsWhatIsWrongWithAFile() {
    MemorySegment handle = TurboJpeg.tjInitDecompress();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment numbers = arena.allocate(16, 4);
      int result =
          TurboJpeg.tjDecompressHeader3(
              handle,
              arena.allocateFrom("no JPEG"),
              7,
              numbers,
              numbers.asSlice(4),
              numbers.asSlice(8),
              numbers.asSlice(12));
      assertThat(result).isEqualTo(-1);
      assertThat(CString.at(TurboJpeg.tjGetErrorStr2(handle))).contains("JPEG");
    } finally {
      assertThat(TurboJpeg.tjDestroy(handle)).isZero();
    }
  }

  private static List<String> included(String option) throws IOException {
    return Files.readAllLines(INCLUDES).stream()
        .filter(line -> line.startsWith(option))
        .map(line -> line.substring(option.length()).strip())
        .toList();
  }
}
