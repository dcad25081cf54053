package io.github.deit4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.deit4j.bindings.AnonymousMemory;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostMemoryTest {
  private static final long MIB = 1L << 20;

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 64, MIB, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9_000_001})
  void regionIsAlignedZeroAndOfTheSizeAskedFor(long bytes) {
    try (var memory = new HostMemory()) {
      MemorySegment region = memory.allocate(bytes).segment();

      assertThat(region.byteSize()).isEqualTo(bytes);
      assertThat(region.address() % TensorArena.ALIGNMENT).isZero();
      assertThat(region.mismatch(MemorySegment.ofArray(new byte[(int) bytes]))).isEqualTo(-1);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void largeRegionStartsAtAHugePage() {
    try (var memory = new HostMemory()) {
      assertThat(memory.allocate(4 * MIB).segment().address() % AnonymousMemory.ALIGNMENT).isZero();
    }
  }

  @Test
  void regionsDoNotOverlap() {
    long[] sizes = {100, 4 * MIB, 5 * MIB + 3, 100, 6 * MIB};
    try (var memory = new HostMemory()) {
      List<MemorySegment> regions = new ArrayList<>();
      for (long size : sizes) {
        MemorySegment region = memory.allocate(size).segment();
        regions.add(region.fill((byte) regions.size()));
      }

      for (int i = 0; i < sizes.length; i++) {
        byte[] expected = new byte[(int) sizes[i]];
        Arrays.fill(expected, (byte) i);
        assertThat(regions.get(i).mismatch(MemorySegment.ofArray(expected))).isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {100, 8 * MIB})
  void useAfterCloseThrows(long bytes) {
    var memory = new HostMemory();
    MemorySegment region = memory.allocate(bytes).segment();
    memory.close();

    assertThatIllegalStateException().isThrownBy(() -> region.get(ValueLayout.JAVA_BYTE, 0));
    assertThatIllegalStateException()
        .isThrownBy(() -> region.set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
    assertThatIllegalStateException().isThrownBy(() -> memory.allocate(bytes));
  }

  @Test
  void tooMuchNamesTheBytesRequested() {
    try (var memory = new HostMemory()) {
      assertThatExceptionOfType(OutOfMemoryError.class)
          .isThrownBy(() -> memory.allocate(1L << 60))
          .withMessageContaining("%,d bytes".formatted(1L << 60));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void closedRegionsLeaveNothingBehind() throws IOException {
    openAndClose(10);
    Footprint before = Footprint.now();

    openAndClose(1000);

    Footprint after = Footprint.now();
    // 1,000 regions that stayed would be 8 GiB; the kernel may count them as one mapping.
    assertThat(after.mappings).isLessThan(before.mappings + 100);
    assertThat(after.virtualBytes - before.virtualBytes).isLessThan(1024 * MIB);
    assertThat(after.residentBytes - before.residentBytes).isLessThan(1024 * MIB);
  }

  private static void openAndClose(int regions) {
    for (int i = 0; i < regions; i++) {
      try (var memory = new HostMemory()) {
        MemorySegment region = memory.allocate(8 * MIB).segment();
        for (long page = 0; page < region.byteSize(); page += 4096) {
          region.set(ValueLayout.JAVA_BYTE, page, (byte) 1);
        }
      }
    }
  }

  @Test
  void deniedNativeAccessFallsBackSilently() throws Exception {
    Result result =
        java("--illegal-native-access=deny", "-cp", classPath(), Allocation.class.getName());

    assertThat(result.output).isEqualTo("on a huge page: false");
    assertThat(result.exit).isZero();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void nativeAccessForTheBindingsAloneIsEnough() throws Exception {
    Result result =
        java(
            "--illegal-native-access=deny",
            "--enable-native-access=io.github.deit4j.bindings",
            "--module-path",
            place(AnonymousMemory.class) + File.pathSeparator + place(HostMemory.class),
            "--patch-module",
            "io.github.deit4j.runtime=" + place(HostMemoryTest.class),
            "--module",
            "io.github.deit4j.runtime/" + Allocation.class.getName());

    assertThat(result.output).endsWith("on a huge page: true");
    assertThat(result.exit).isZero();
  }

  /** What the child JVM runs. */
  static final class Allocation {
    public static void main(String[] arguments) {
      try (var memory = new HostMemory()) {
        MemorySegment region = memory.allocate(8 * MIB).segment().fill((byte) 1);
        // malloc puts its own header in front of a region, so that none of its starts a page.
        boolean aligned = region.address() % AnonymousMemory.ALIGNMENT == 0;
        System.out.print("on a huge page: " + aligned);
      }
    }
  }

  private static Result java(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // With these set, the JVM says so first.
    builder.environment().keySet().removeAll(Set.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  private static String classPath() throws URISyntaxException {
    return String.join(
        File.pathSeparator,
        place(AnonymousMemory.class),
        place(HostMemory.class),
        place(HostMemoryTest.class));
  }

  private static String place(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  private record Result(int exit, String output) {}

  /** What the kernel has mapped for this process. */
  private record Footprint(long mappings, long virtualBytes, long residentBytes) {
    static Footprint now() throws IOException {
      try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
        return new Footprint(mappings.count(), status("VmSize:"), status("VmRSS:"));
      }
    }

    private static long status(String key) throws IOException {
      try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
        String line = lines.filter(each -> each.startsWith(key)).findFirst().orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
  }
}
