package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

class TorchFileFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() throws IOException {
    Stream.Builder<byte[]> seeds = Stream.builder();
    for (String name : new String[] {"plain", "wrapped", "parameters", "checkpoint", "protocol4"}) {
      seeds.add(Files.readAllBytes(TorchFileTest.resource(name + "-zip.pth")));
      seeds.add(Files.readAllBytes(TorchFileTest.resource(name + "-legacy.pth")));
    }
    return seeds.build();
  }

  /** Every tensor of a file that opens can be read; a file that does not open is named. */
  @MethodSource("seeds")
  @FuzzTest(maxDuration = "1m")
  void opensOrRefuses(byte[] content) throws IOException {
    Path path = Files.write(folder.resolve("fuzz.pth"), content);
    try (WeightFile file = WeightFile.open(path)) {
      for (TensorInfo tensor : file.tensors().values()) {
        if (tensor.isFloatingPoint()) {
          assertThat(file.floats(tensor.name()).length).isEqualTo(tensor.shape().elements());
        }
      }
    } catch (FormatException e) {
      assertThat(e).hasMessageStartingWith(path + ": ");
    }
  }
}
