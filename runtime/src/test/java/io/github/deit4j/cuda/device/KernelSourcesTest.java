package io.github.deit4j.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.NativeLibraries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The kernels' sources are valid for real devices, which the stand-in cannot tell. Needs no device,
 * but one of NVIDIA's compilers.
 */
class KernelSourcesTest {
  private static final Path SOURCES = Path.of("src/main/resources/io/github/deit4j/cuda");

  /** Ampere, Hopper, Blackwell: 10·major + minor. */
  private static final List<Integer> ARCHITECTURES = List.of(80, 90, 100);

  @TempDir Path folder;

  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".cu"))
          .map(file -> file.substring(0, file.length() - ".cu".length()))
          .flatMap(KernelSourcesTest::sources)
          .sorted()
          .toList();
    }
  }

  private static Stream<String> sources(String file) {
    return KernelSource.of(file).hasActivations()
        ? Stream.of(file, KernelSource.bfloat16(file))
        : Stream.of(file);
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyKernelHasParametersThatCanBePassed(String name) {
    KernelSource source = KernelSource.of(name);

    assertThat(source.kernels()).isNotEmpty();
    assertThat(source.text().split("__global__", -1)).hasSize(source.kernels().size() + 1);
    for (List<KernelSource.Parameter> parameters : source.kernels().values()) {
      for (KernelSource.Parameter parameter : parameters) {
        if (parameter.type().endsWith("*")) {
          parameter.elements();
        } else {
          assertThat(parameter.type()).isIn("int", "unsigned", "long long", "float", "double");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void includesNoHeaderOfTheToolkit(String name) {
    KernelSource source = KernelSource.of(name);

    assertThat(source.text()).doesNotContain("#include <");
    assertThat(source.headers().values()).allMatch(text -> !text.contains("#include <"));
    assertThat(source.headers().keySet()).allMatch(header -> header.endsWith(".cuh"));
  }

  @ParameterizedTest
  @MethodSource("names")
  void nvccCompilesItForAmpereHopperAndBlackwell(String name) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("nvcc", "-fatbin", "--threads", "0", "-Werror", "all-warnings"));
    command.addAll(KernelCompiler.OPTIONS);
    for (int architecture : ARCHITECTURES) {
      String each = "arch=compute_%1$d,code=sm_%1$d".formatted(architecture);
      command.addAll(List.of("-gencode", each));
    }
    command.addAll(List.of("-o", folder.resolve(name + ".fatbin").toString()));
    Path source = folder.resolve(name + ".cu");
    Files.writeString(source, KernelSource.of(name).text());
    command.addAll(List.of("-I", SOURCES.toString(), source.toString()));

    Process process = start(command);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as("exit code of nvcc; %s", output).isZero();
  }

  private static Process start(List<String> command) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return abort("no nvcc on this machine: " + e.getMessage());
    }
  }

  /** NVRTC itself, where it is found, needs neither a driver nor a device. */
  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void nvrtcCompilesAll(int architecture) throws IOException {
    LoadReport report = NativeLibraries.nvrtc(13);
    assumeTrue(report.place().isPresent(), report::toString);
    // There once another test of this JVM has loaded it.
    assumeFalse(report.toString().contains("cuda-stand-in"), "NVIDIA's own is not loaded");
    int major = architecture / 10;
    var device = new DeviceInfo(0, 0, "no device", major, architecture % 10, 0, 0, 0);
    var compiler = new KernelCompiler(device, CudaLibraries.nvrtcVersion());

    for (String name : names()) {
      byte[] binary = compiler.compile(KernelSource.of(name));
      assertThat(new String(binary, 0, 4, StandardCharsets.ISO_8859_1))
          .as(name)
          .isEqualTo("\u007fELF");
    }
  }
}
