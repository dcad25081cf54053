package io.github.deit4j.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaFoldersTest {
  @TempDir Path dir;

  @Test
  void environmentNamesAToolkitAndFolders() {
    assertThat(
            CudaFolders.named(
                Map.of(
                    "CUDA_PATH", "/opt/cuda-13",
                    "CUDA_HOME", "/opt/cuda-12",
                    "LD_LIBRARY_PATH", "/a:/b")))
        .containsExactly(
            Path.of("/opt/cuda-13/lib64"),
            Path.of("/opt/cuda-13/lib"),
            Path.of("/opt/cuda-12/lib64"),
            Path.of("/opt/cuda-12/lib"),
            Path.of("/a"),
            Path.of("/b"));
  }

  @Test
  void wheelsAreFoundInEnvironmentsAndTheUsersHome() throws IOException {
    Path environment = dir.resolve("venv");
    Path conda = dir.resolve("conda");
    List<Path> expected =
        List.of(
            folder(environment, "lib/python3.13/site-packages/nvidia/cublas/lib"),
            folder(environment, "lib/python3.13/site-packages/nvidia/cu13/lib"),
            folder(environment, "lib/python3.9/site-packages/nvidia/cuda_nvrtc/lib"),
            folder(conda, "lib/python3.12/site-packages/nvidia/cu13/lib"),
            folder(dir, ".local/lib/python3.12/site-packages/nvidia/cublas/lib"));
    folder(environment, "lib/python3.13/site-packages/nvidia/empty");
    folder(environment, "lib/python2.7/site-packages/nvidia/cublas/lib");

    assertThat(
            CudaFolders.usual(
                Map.of(
                    "VIRTUAL_ENV", environment.toString(),
                    "CONDA_PREFIX", conda.toString(),
                    "HOME", dir.toString())))
        .filteredOn(found -> found.startsWith(dir))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  private static Path folder(Path root, String path) throws IOException {
    return Files.createDirectories(root.resolve(path));
  }

  @Test
  void toolkitsAndWindowsDriverAreLookedAt() {
    assertThat(CudaFolders.usual(Map.of()))
        .contains(
            Path.of("/usr/local/cuda/lib64"), Path.of("/usr/lib64"), Path.of("/usr/lib/wsl/lib"));
  }
}
