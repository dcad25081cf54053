package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every kernel runs with every access watched: no race, nothing out of bounds, nothing unwritten.
 * And it reads and writes the bytes that the account says, which knows its arguments only.
 */
@ExtendWith(OnCheckedStandIn.class)
class CudaEveryKernelTest {
  private static final Path SOURCES = Path.of("src/main/resources/io/github/deit4j/cuda");
  private static final Pattern KERNEL =
      Pattern.compile(
          "extern \"C\" __global__ void\\s+(?:__launch_bounds__\\(\\w+\\)\\s+)?"
              + "(?:KERNEL\\((\\w+)\\)|(\\w+))\\(");

  private static Stream<String> kernels(Path file) {
    try {
      return KERNEL.matcher(Files.readString(file)).results().flatMap(CudaEveryKernelTest::names);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Those of activations are two. */
  private static Stream<String> names(MatchResult found) {
    String activations = found.group(1);
    return activations == null
        ? Stream.of(found.group(2))
        : Stream.of(activations, activations + "Bfloat16");
  }

  private static List<String> kernels() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".cu"))
          .flatMap(CudaEveryKernelTest::kernels)
          .toList();
    }
  }

  @Test
  void hasNoFaultAndTheBytesOfTheAccount() throws IOException {
    CudaStandIn standIn = CudaStandIn.running();
    standIn.set("account", 2);
    for (Precision precision : Precision.values()) {
      try (Backend backend = new CudaBackend(0, precision)) {
        EveryOp.run(backend);
      }
    }
    // Without an algorithm that adds a bias.
    standIn.set("noAlgorithm", 1);
    for (Precision precision : Precision.values()) {
      try (Backend backend = new CudaBackend(0, precision)) {
        EveryOp.linear(backend);
      }
    }
    assertThat(kernels())
        .hasSizeGreaterThan(50)
        .allSatisfy(kernel -> assertThat(standIn.launches(kernel)).as(kernel).isPositive());
  }
}
