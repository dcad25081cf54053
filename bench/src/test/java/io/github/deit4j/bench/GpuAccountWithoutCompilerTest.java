package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cli.ExitCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench gpu-account} where there is no {@code g++}. */
class GpuAccountWithoutCompilerTest {
  @Test
  void saysWhatIsMissing(@TempDir Path folder) throws Exception {
    String deit = DeitScript.write(folder).toString();
    var builder = new ProcessBuilder("/bin/sh", deit, "bench", "gpu-account", "--model=tiny");
    builder.environment().put("PATH", folder.toString());
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(output).contains("gpu-account: ", "g++");
  }
}
