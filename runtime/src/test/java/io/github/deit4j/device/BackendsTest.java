package io.github.deit4j.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackendsTest {
  @Test
  void cpuTellsWhatItIs() {
    Backends.Selection selection = Backends.select("cpu", 1);
    try (Backend backend = selection.backend()) {
      assertThat(backend.name()).isEqualTo("cpu");
      assertThat(backend.description()).startsWith("cpu: ").endsWith(" kernels, 1 thread");
      assertThat(selection.reason()).isNotBlank();
    }
  }

  /** In a JVM of its own, because a library once loaded stays. */
  @Test
  void autoFallsBackToTheCpuAndTellsWhyInOneLine() throws Exception {
    assertThat(select("auto", "-Ddeit4j.cuda=/nowhere/libcuda.so"))
        .singleElement()
        .asString()
        .startsWith("cpu: not cuda, for backend cuda: the CUDA driver could not be loaded");
  }

  @Test
  void cudaThatIsNotThereIsReportedWithAllThatWasTried() throws Exception {
    assertThat(select("cuda:1", "-Ddeit4j.cuda=/nowhere/libcuda.so"))
        .contains(
            "backend cuda: the CUDA driver could not be loaded:",
            "  system property deit4j.cuda=/nowhere/libcuda.so: no such file");
  }

  @Test
  void precisionsThatADeviceDoesNotKnowAreRefused() {
    assertThatExceptionOfType(DeviceException.Unsupported.class)
        .isThrownBy(() -> Backends.select("cpu", 1, Precision.TF32))
        .withMessageContainingAll("fp32 or bf16", "tf32", "backend cuda");
    assertThatExceptionOfType(DeviceException.Unsupported.class)
        .isThrownBy(() -> Backends.select("openblas", 1, Precision.BF16))
        .withMessageContainingAll("fp32", "bf16", "backend cpu or cuda");
  }

  @Test
  void theCpuTellsHowItComputesBf16() {
    try (Backend backend = Backends.select("cpu", 1, Precision.BF16).backend()) {
      assertThat(backend.description()).startsWith("cpu: bf16 by ").endsWith("kernels, 1 thread");
    }
    assertThat(Backends.provider("cpu").orElseThrow().parts()).containsKey("bf16");
  }

  @Test
  void allProcessorsForZeroThreads() {
    try (Backend backend = Backends.select("cpu", 0).backend()) {
      assertThat(backend.description())
          .contains(", " + Runtime.getRuntime().availableProcessors() + " thread");
    }
  }

  @Test
  void shortJobsGetKernelsThatStartSooner() {
    try (Backend backend = Backends.selectForShortJob("auto", 2, Precision.FP32).backend()) {
      assertThat(backend.name()).isEqualTo("cpu");
      assertThat(backend.description()).isEqualTo("cpu: plain kernels, 2 threads");
    }
    assertThatExceptionOfType(DeviceException.class)
        .isThrownBy(() -> Backends.selectForShortJob("abacus", 1, Precision.FP32))
        .withMessageContaining("'abacus'");
  }

  @Test
  void unknownNameIsRefused() {
    assertThatExceptionOfType(DeviceException.class)
        .isThrownBy(() -> Backends.select("abacus", 1))
        .withMessageContaining("'abacus'")
        .withMessageContaining("auto, cpu, openblas or cuda[:n]");
  }

  @Test
  void namesChooseProviders() {
    assertThat(Backends.providers())
        .extracting(DeviceProvider::names)
        .containsExactly("cpu", "openblas", "cuda[:n]");
    assertThat(Backends.provider("auto")).isEmpty();
    for (String name : List.of("cuda", "cuda:0", "cuda:1234")) {
      assertThat(Backends.provider(name)).map(DeviceProvider::name).contains("cuda");
    }
    for (String name : List.of("cuda:", "cuda:12345", "cuda:x", "CPU", "cpu:0", "")) {
      assertThat(Backends.knows(name)).as(name).isFalse();
    }
  }

  @Test
  void devicesAreWhatTheirProvidersSay() {
    for (DeviceProvider provider : Backends.providers()) {
      for (Precision precision : provider.capabilities().precisions()) {
        try (Backend backend = Backends.select(provider.name(), 1, precision).backend();
            TensorArena arena = backend.arena("test", 1 << 20)) {
          assertThat(provider.answersTo(backend.name())).as(backend.name()).isTrue();
          Tensor x = arena.allocate(2);
          if (provider.capabilities().onHost()) {
            assertThat(x.segment().byteSize()).isEqualTo(8);
          } else {
            assertThatIllegalStateException().isThrownBy(x::segment);
          }
        } catch (DeviceException e) {
          assertThat(provider.name()).as(e.getMessage()).isNotEqualTo("cpu");
        }
      }
    }
  }

  @Test
  void openBlasTellsWhatItIsAndComputes() {
    assumeTrue(
        NativeLibraries.openBlas().place().isPresent(), NativeLibraries.openBlas()::toString);
    Backends.Selection selection = Backends.select("openblas", 2);
    try (Backend backend = selection.backend();
        TensorArena arena = backend.arena("test", 1 << 20)) {
      assertThat(backend.name()).isEqualTo("openblas");
      assertThat(backend.description())
          .startsWith("openblas: OpenBLAS ")
          .contains("MAX_THREADS")
          .endsWith(" kernels, 2 threads");
      assertThat(selection.reason()).startsWith("loaded from ");
      Tensor x = tensor(arena, new int[] {1, 2}, 2, 3);
      Tensor w = tensor(arena, new int[] {1, 2}, 5, 7);
      Tensor b = tensor(arena, new int[] {1}, 100);
      Tensor y = tensor(arena, new int[] {1, 1}, Float.NaN);
      backend.linear().linear(y, x, w, b);
      assertThat(y.segment().get(JAVA_FLOAT, 0)).isEqualTo(131f);
    }
  }

  private static Tensor tensor(TensorArena arena, int[] sizes, float... values) {
    Tensor tensor = arena.allocate(sizes);
    for (int i = 0; i < values.length; i++) {
      tensor.segment().setAtIndex(JAVA_FLOAT, i, values[i]);
    }
    return tensor;
  }

  /** In a JVM of its own, because a library once loaded stays. */
  @Test
  void openBlasThatIsNotThereIsReportedWithAllThatWasTried() throws Exception {
    List<String> lines = select("openblas", "-Ddeit4j.openblas=/nowhere/libblas.so");
    assertThat(lines)
        .contains(
            "backend openblas: OpenBLAS could not be loaded:",
            "  system property deit4j.openblas=/nowhere/libblas.so: no such file");
    assertThat(lines.getLast()).contains("org.bytedeco:openblas", "-Ddeit4j.openblas=FILE");
  }

  /** Denied native access must be a report, too, and no error from a class that cannot start. */
  @Test
  void deniedNativeAccessIsReported() throws Exception {
    assumeTrue(
        NativeLibraries.openBlas().place().isPresent(), NativeLibraries.openBlas()::toString);
    List<String> lines =
        select("openblas", "--illegal-native-access=deny", "--enable-native-access=java.base");
    assertThat(lines)
        .anyMatch(line -> line.contains("--enable-native-access=io.github.deit4j.bindings"));
  }

  private static List<String> select(String spec, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Select.class.getName(), spec));
    Process process = new ProcessBuilder(command).redirectError(new File("/dev/null")).start();
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor()).as("exit code; output %s", lines).isZero();
    return lines;
  }

  /** Prints which backend a name gives and why, or why none. */
  static final class Select {
    private Select() {}

    public static void main(String[] args) {
      try {
        Backends.Selection selection = Backends.select(args[0], 1);
        try (Backend backend = selection.backend()) {
          System.out.println(backend.name() + ": " + selection.reason());
        }
      } catch (DeviceException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
