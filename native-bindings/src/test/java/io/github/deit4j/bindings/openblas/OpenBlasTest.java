package io.github.deit4j.bindings.openblas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.CString;
import io.github.deit4j.bindings.NativeLibraries;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** jextract drops silently what it cannot bind, and symbols are looked up at first use only. */
class OpenBlasTest {
  private static final Path INCLUDES = Path.of("src/main/jextract/openblas/includes.txt");

  static List<String> functions() throws IOException {
    return included("--include-function ");
  }

  static List<String> constants() throws IOException {
    return included("--include-constant ");
  }

  @BeforeAll
  static void load() {
    assumeTrue(
        NativeLibraries.openBlas().place().isPresent(), NativeLibraries.openBlas()::toString);
  }

  @ParameterizedTest
  @MethodSource("functions")
  void functionIsInTheLibrary(String name) throws ReflectiveOperationException {
    var address = (MemorySegment) OpenBlas.class.getMethod(name + "$address").invoke(null);

    assertThat(address.address()).isNotZero();
    assertThat(OpenBlas.class.getMethod(name + "$handle").invoke(null)).isNotNull();
  }

  @ParameterizedTest
  @MethodSource("constants")
  void constantIsBound(String name) throws ReflectiveOperationException {
    assertThat(OpenBlas.class.getMethod(name).invoke(null)).isNotNull();
  }

  @Test
  void multiplies() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4);
      MemorySegment b = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 5, 6, 7, 8);
      MemorySegment c = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 100, 100, 100, 100);
      OpenBlas.cblas_sgemm(
          OpenBlas.CblasRowMajor(),
          OpenBlas.CblasNoTrans(),
          OpenBlas.CblasTrans(),
          2,
          2,
          2,
          1f,
          a,
          2,
          b,
          2,
          1f,
          c,
          2);

      assertThat(c.toArray(ValueLayout.JAVA_FLOAT))
          .containsExactly(new float[] {117, 123, 139, 153}, within(0f));
    }
  }

  @Test
  void tellsItsVersion() {
    assertThat(CString.at(OpenBlas.openblas_get_config())).startsWith("OpenBLAS ");
  }

  private static List<String> included(String option) throws IOException {
    return Files.readAllLines(INCLUDES).stream()
        .filter(line -> line.startsWith(option))
        .map(line -> line.substring(option.length()).strip())
        .toList();
  }
}
