package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.cuda.OnStandIn;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench/first-device.sh} with tiny sizes, on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaFirstDeviceTest {
  private static final int IDX_BYTES = 0x800;
  private static final int SIDE = 8;

  private static final String RECIPE =
      """
      name: tiny
      data: fashion-mnist
      model: custom
      image-size: 8
      patch-size: 4
      channels: 1
      width: 16
      depth: 1
      heads: 1
      mlp-ratio: 2
      distilled: true
      epochs: 1
      batch: 4
      lr: 1e-3
      """;

  @TempDir Path folder;

  private static byte[] idx(byte[] content, int... sizes) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(new GZIPOutputStream(bytes))) {
      out.writeInt(IDX_BYTES + sizes.length);
      for (int size : sizes) {
        out.writeInt(size);
      }
      out.write(content);
    }
    return bytes.toByteArray();
  }

  private static void write(Path data, String split, int count) throws IOException {
    byte[] pixels = new byte[count * SIDE * SIDE];
    new SplittableRandom(count).nextBytes(pixels);
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 10);
    }
    Files.write(data.resolve(split + "-images-idx3-ubyte.gz"), idx(pixels, count, SIDE, SIDE));
    Files.write(data.resolve(split + "-labels-idx1-ubyte.gz"), idx(labels, count));
  }

  private String firstDevice(Path deit) throws IOException, InterruptedException {
    Path root = Path.of("..").toAbsolutePath().normalize();
    List<String> command = new ArrayList<>(List.of("bash"));
    command.add(root.resolve("bench/first-device.sh").toString());
    command.addAll(List.of("--tiny", "--out", folder.resolve("out").toString()));
    command.addAll(List.of("--data", folder.resolve("data").toString()));
    command.addAll(List.of("--recipe", folder.resolve("recipe.yaml").toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(CudaStandIn.require().environment());
    builder.environment().put("DEIT", deit.toString());
    // Where gpu-account builds its libraries, once until their sources change.
    Path home = Files.createDirectories(root.resolve("runtime/target/cuda-stand-in/home"));
    builder.environment().put("HOME", home.toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(() -> output + logs()).isZero();
    return output;
  }

  private String logs() {
    try {
      return Files.readString(folder.resolve("out/results/logs.txt"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void everyStepPassesOnceOrSaysWhyItIsNotRun() throws Exception {
    Files.writeString(folder.resolve("recipe.yaml"), RECIPE);
    Path data = Files.createDirectories(folder.resolve("data"));
    write(data, "train", 24);
    write(data, "t10k", 8);
    Path deit = DeitScript.write(folder, CudaStandIn.require().kernels());

    String first = firstDevice(deit);
    for (String step :
        List.of("doctor", "bits", "accuracy", "bench-model", "account", "training")) {
      assertThat(first).contains(step + ": passed, ");
    }
    assertThat(first).contains("tests: not run: --tiny", "bench-gemm: not run: --tiny");
    Path results = folder.resolve("out/results");
    try (Stream<Path> files = Files.list(results)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "summary.txt", "logs.txt", "account.json", "bench.tar.gz", "runs.tar.gz");
    }
    assertThat(results.resolve("summary.txt"))
        .content()
        .contains("bits: passed", "sanitizer: ")
        .containsPattern("fashion-mnist bf16 \\d+ \\d");

    // What has passed is not done again, what has not is.
    Files.delete(folder.resolve("out/work/bits.passed"));
    String second = firstDevice(deit);
    assertThat(second).containsPattern("bits: passed, \\d").contains("accuracy: passed before");
  }
}
