package io.github.deit4j.train;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The checksum of every training image as a run first decoded it, {@link Dataset#checksum}: what is
 * decoded again, on any rank, has to be the same, also after a resume. Four bytes an image, and
 * none for data sets whose {@linkplain Dataset#fingerprint fingerprint} covers the contents.
 */
final class ImageContents {
  /** The file of a checkpoint: 32 bits for each image, little-endian, 0 where it is not known. */
  static final String FILE = "contents.crc32c";

  private int[] known = {};

  /** Returns whether there is something to keep. */
  boolean isKnown() {
    return known.length > 0;
  }

  /**
   * Takes over what is new in an effective batch. All ranks call it together.
   *
   * @param decoded the images that this rank has decoded for it
   * @throws DatasetException if an image is not what it was
   */
  void check(int[] decoded, Dataset images, RankMessages messages)
      throws DatasetException, InterruptedException {
    double[] mine =
        IntStream.of(decoded)
            .filter(image -> images.checksum(image) != 0)
            .boxed()
            .flatMapToDouble(image -> DoubleStream.of(image, images.checksum(image)))
            .toArray();
    double[] all = messages.joined(mine);
    for (int i = 0; i < all.length; i += 2) {
      check((int) all[i], (int) all[i + 1], images);
    }
  }

  private void check(int image, int found, Dataset images) throws DatasetException {
    if (!isKnown()) {
      known = new int[images.size()];
    }
    int expected = known[image];
    if (expected == 0) {
      known[image] = found;
    } else if (expected != found) {
      throw new DatasetException(
          "%s: expected the content that this run decoded before (CRC-32C %08x), found another"
              + " (%08x); put the file back as it was, or begin another run",
          images.name(image), expected, found);
    }
  }

  void write(Path file) throws IOException {
    var bytes = ByteBuffer.allocate(Math.multiplyExact(known.length, Integer.BYTES));
    bytes.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(known);
    AtomicFiles.write(file, channel -> AtomicFiles.writeFully(channel, bytes));
  }

  /**
   * Takes over what a checkpoint holds; nothing if it has no such file.
   *
   * @param images how many there are
   * @throws FormatException if the file is for another number of images
   */
  void read(Path file, int images) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    long bytes = Files.size(file);
    if (bytes != (long) Integer.BYTES * images) {
      throw new FormatException(
          file, "%d bytes, four for each image".formatted(4L * images), bytes + " bytes");
    }
    known = new int[images];
    var content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    content.asIntBuffer().get(known);
  }
}
