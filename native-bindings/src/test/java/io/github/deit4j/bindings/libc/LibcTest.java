package io.github.deit4j.bindings.libc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** jextract drops silently what it cannot bind, and symbols are looked up at first use only. */
@EnabledOnOs(OS.LINUX)
class LibcTest {
  private static final Path INCLUDES = Path.of("src/main/jextract/libc/includes.txt");

  static List<String> functions() throws IOException {
    return included("--include-function ");
  }

  static List<String> constants() throws IOException {
    return included("--include-constant ");
  }

  @ParameterizedTest
  @MethodSource("functions")
  void functionIsInTheLibrary(String name) throws ReflectiveOperationException {
    var address = (MemorySegment) Libc.class.getMethod(name + "$address").invoke(null);

    assertThat(address.address()).isNotZero();
    assertThat(Libc.class.getMethod(name + "$handle").invoke(null)).isNotNull();
  }

  @ParameterizedTest
  @MethodSource("constants")
  void constantIsBound(String name) throws ReflectiveOperationException {
    assertThat(Libc.class.getMethod(name).invoke(null)).isNotNull();
  }

  private static List<String> included(String option) throws IOException {
    return Files.readAllLines(INCLUDES).stream()
        .filter(line -> line.startsWith(option))
        .map(line -> line.substring(option.length()).strip())
        .toList();
  }
}
