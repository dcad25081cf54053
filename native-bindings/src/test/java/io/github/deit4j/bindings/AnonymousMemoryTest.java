package io.github.deit4j.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@EnabledOnOs(OS.LINUX)
class AnonymousMemoryTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4096, (2L << 20) - 1, 2L << 20, (2L << 20) + 1, 9_000_001})
  void regionIsAlignedZeroAndOfTheSizeAskedFor(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment region = AnonymousMemory.map(bytes, arena).orElseThrow();

      assertThat(region.byteSize()).isEqualTo(bytes);
      assertThat(region.address() % AnonymousMemory.ALIGNMENT).isZero();
      assertThat(region.mismatch(MemorySegment.ofArray(new byte[(int) bytes]))).isEqualTo(-1);
      region.fill((byte) 7);
    }
  }

  @Test
  void regionEndsWithTheArena() {
    MemorySegment region;
    try (Arena arena = Arena.ofShared()) {
      region = AnonymousMemory.map(1, arena).orElseThrow();
    }

    assertThatIllegalStateException().isThrownBy(() -> region.get(ValueLayout.JAVA_BYTE, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 60, Long.MAX_VALUE - (4L << 20), Long.MAX_VALUE})
  void whatTheKernelRefusesIsEmpty(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      assertThat(AnonymousMemory.map(bytes, arena)).isEmpty();
    }
  }

  @Test
  void negativeSizeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnonymousMemory.map(-1, Arena.global()))
        .withMessageContaining("-1 bytes");
  }

  @Test
  void closedArenaIsRefusedAndNothingStaysMapped() throws IOException {
    Arena closed;
    try (Arena arena = Arena.ofShared()) {
      closed = arena;
    }
    long bytes = 1L << 30;
    long before = addressSpace();

    assertThatIllegalStateException().isThrownBy(() -> AnonymousMemory.map(bytes, closed));

    assertThat(addressSpace()).isLessThan(before + bytes);
  }

  /** Returns the size in bytes of all mappings of this process. */
  private static long addressSpace() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String line = lines.filter(each -> each.startsWith("VmSize:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    }
  }
}
