package io.github.deit4j.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.device.DeviceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaKernelCacheTest {
  private static final String TEXT = "extern \"C\" __global__ void f(float* x) { *x = 1; }";

  @TempDir Path folder;

  private final CudaStandIn standIn = CudaStandIn.require();
  private KernelCompiler compiler;

  @BeforeEach
  void loadLibraries() {
    compiler = compiler();
  }

  @AfterEach
  void nothingIsLeft() {
    standIn.requireClean();
  }

  private static KernelCompiler compiler() {
    CudaLibraries libraries = CudaLibraries.load();
    return new KernelCompiler(DeviceInfo.require(0), libraries.nvrtc());
  }

  private static KernelSource source(String text, Map<String, String> headers) {
    return new KernelSource("test", text, headers, Map.of());
  }

  private long compilations() {
    return standIn.calls("nvrtcCompileProgram");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void sourceIsCompiledOnce() throws IOException {
    byte[] first = new KernelCache(folder).get(source(TEXT, Map.of()), compiler);
    byte[] second = new KernelCache(folder).get(source(TEXT, Map.of()), compiler);
    assertThat(second).isEqualTo(first);
    assertThat(compilations()).isEqualTo(1);
    assertThat(files()).singleElement().asString().matches(".*/test-[0-9a-f]{64}\\.cubin");
  }

  @Test
  void anythingThatChangesTheCodeChangesTheFile() throws IOException {
    var cache = new KernelCache(folder);
    cache.get(source(TEXT, Map.of()), compiler);
    cache.get(source(TEXT + " ", Map.of()), compiler);
    cache.get(source(TEXT, Map.of("a.cuh", "")), compiler);
    cache.get(source(TEXT, Map.of("a.cuh", " ")), compiler);
    standIn.set("major", 8);
    cache.get(source(TEXT, Map.of()), compiler());
    standIn.set("nvrtcVersion", 12080);
    cache.get(source(TEXT, Map.of()), compiler());
    assertThat(compilations()).isEqualTo(6);
    assertThat(files()).hasSize(6);
  }

  @Test
  void damagedFileIsCompiledAnew() throws IOException {
    var cache = new KernelCache(folder);
    byte[] expected = cache.get(source(TEXT, Map.of()), compiler);
    Path file = files().getFirst();
    byte[] whole = Files.readAllBytes(file);
    byte[] flipped = whole.clone();
    flipped[flipped.length / 2] ^= 1;
    for (byte[] damaged : List.of(flipped, new byte[0], new byte[10], new byte[1000])) {
      Files.write(file, damaged);
      assertThat(cache.get(source(TEXT, Map.of()), compiler)).isEqualTo(expected);
      assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }
    assertThat(compilations()).isEqualTo(5);
  }

  @Test
  void folderThatCannotBeWrittenIsNoReasonToFail() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    var cache = new KernelCache(file.resolve("kernels"));
    assertThat(cache.get(source(TEXT, Map.of()), compiler)).isNotEmpty();
    assertThat(cache.get(source(TEXT, Map.of()), compiler)).isNotEmpty();
    assertThat(compilations()).isEqualTo(2);
  }

  @Test
  void sourceThatDoesNotCompileIsReportedWithTheCompilersWords() throws IOException {
    var cache = new KernelCache(folder);
    assertThatExceptionOfType(DeviceException.Failed.class)
        .isThrownBy(() -> cache.get(source("int f( {", Map.of()), compiler))
        .withMessageContainingAll("test.cu", "sm_90", "NVRTC_ERROR_COMPILATION", "error:")
        .matches(failure -> failure.code().equals("NVRTC_ERROR_COMPILATION"));
    assertThat(files()).isEmpty();
  }

  @Test
  void atomicsDoNotCompileHere() {
    String text = "extern \"C\" __global__ void f(float* x) { atomicAdd(x, 1.0f); }";
    assertThatExceptionOfType(DeviceException.Failed.class)
        .isThrownBy(() -> new KernelCache(folder).get(source(text, Map.of()), compiler))
        .withMessageContaining("atomicAdd");
  }

  @Test
  void architectureThatNvrtcDoesNotKnowIsNamed() {
    standIn.set("major", 14);
    assertThatExceptionOfType(DeviceException.Incompatible.class)
        .isThrownBy(CudaKernelCacheTest::compiler)
        .withMessageContainingAll("cuda:0", "NVRTC 13.0", "sm_140", "sm_90");
  }
}
