package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.testing.FuzzedFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file that is read holds as many bytes as its dimensions say; else it is named. */
class IdxFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() throws IOException {
    return List.of(
        IdxFiles.counting(4, 2, 3),
        IdxFiles.gzip(IdxFiles.counting(4, 2, 3)),
        IdxFiles.of(new byte[5], 70_000, 28, 28),
        IdxFiles.gzip(IdxFiles.of(new byte[5], 2_000_000, 32, 32)),
        IdxFiles.gzip(new byte[1000]),
        IdxFiles.gzip(IdxFiles.of(new byte[1 << 20], 1024, 32, 32)));
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    Path path = Files.write(folder().resolve("fuzz-idx3-ubyte"), content);
    try {
      IdxFile file = IdxFile.read(path, 3);
      int[] sizes = file.dimensions();
      assertThat(file.data().length).isEqualTo(sizes[0] * sizes[1] * sizes[2]);
      return true;
    } catch (DatasetException e) {
      assertThat(e).hasMessageStartingWith(path + ": ");
      return false;
    }
  }
}
