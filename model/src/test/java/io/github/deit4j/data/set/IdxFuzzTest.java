package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.deit4j.data.DatasetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

class IdxFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() throws IOException {
    return Stream.of(
        IdxFiles.counting(4, 2, 3),
        IdxFiles.gzip(IdxFiles.counting(4, 2, 3)),
        IdxFiles.of(new byte[5], 70_000, 28, 28),
        IdxFiles.gzip(new byte[1000]));
  }

  /** A file that is read holds as many bytes as its dimensions say; else it is named. */
  @MethodSource("seeds")
  @FuzzTest(maxDuration = "1m")
  void readsOrRefuses(byte[] content) throws IOException {
    Path path = Files.write(folder.resolve("fuzz-idx3-ubyte"), content);
    try {
      IdxFile file = IdxFile.read(path, 3);
      int[] sizes = file.dimensions();
      assertThat(file.data()).hasSize(sizes[0] * sizes[1] * sizes[2]);
    } catch (DatasetException e) {
      assertThat(e).hasMessageStartingWith(path + ": ");
    }
  }
}
