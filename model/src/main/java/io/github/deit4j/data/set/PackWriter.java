package io.github.deit4j.data.set;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.weights.AtomicFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** Writes the images of a folder to one file, for {@link PackedImages}. */
public final class PackWriter {
  private final ImageFiles folder;
  private final IntConsumer progress;
  private final List<BadImage> unreadable = new ArrayList<>();

  private PackWriter(ImageFiles folder, IntConsumer progress) {
    this.folder = folder;
    this.progress = progress;
  }

  /**
   * Writes a pack, whole or not at all. A file that can't be read gets a place without content, so
   * that all others keep their numbers.
   *
   * @param progress hears how many images are done
   * @return the files that could not be read
   * @throws DatasetException if the index would not fit into 2 GiB
   * @throws io.github.deit4j.weights.CannotWriteException if the pack can't be written
   */
  public static List<BadImage> write(ImageFiles folder, Path file, IntConsumer progress)
      throws IOException {
    var writer = new PackWriter(folder, progress);
    ByteBuffer index = writer.emptyIndex(file);
    AtomicFiles.write(file, channel -> writer.write(channel, index));
    return List.copyOf(writer.unreadable);
  }

  /** Returns an index with all names in it and no sizes. */
  private ByteBuffer emptyIndex(Path file) throws DatasetException {
    var classNames = new ByteArrayOutputStream();
    var names = new ByteArrayOutputStream();
    folder.classNames().forEach(name -> classNames.writeBytes(name.getBytes(UTF_8)));
    for (int image = 0; image < folder.size(); image++) {
      names.writeBytes(folder.path(image).getBytes(UTF_8));
    }
    int classes = folder.classNames().size();
    PackHeader header = PackHeader.of(folder.size(), classes, classNames.size(), names.size(), 0);
    if (header.dataOffset() > Integer.MAX_VALUE) {
      throw PackHeader.bad(file, "an index of at most 2 GiB", header.dataOffset() + " bytes");
    }
    ByteBuffer index =
        ByteBuffer.allocate((int) header.dataOffset()).order(ByteOrder.LITTLE_ENDIAN);
    header.write(index);
    index.put((int) header.classNamesAt(), classNames.toByteArray());
    index.put((int) header.namesAt(), names.toByteArray());
    putClassEnds(index, header);
    return index;
  }

  private void putClassEnds(ByteBuffer index, PackHeader header) {
    int end = 0;
    for (int label = 0; label < header.classes(); label++) {
      end += folder.classNames().get(label).getBytes(UTF_8).length;
      index.putInt((int) header.classEndsAt() + 4 * label, end);
    }
  }

  private void write(FileChannel channel, ByteBuffer index) throws IOException {
    channel.position(index.capacity());
    index.position(PackHeader.BYTES);
    int nameEnd = 0;
    for (int image = 0; image < folder.size(); image++) {
      byte[] content = content(image);
      nameEnd += folder.path(image).getBytes(UTF_8).length;
      index
          .putLong(channel.position())
          .putInt(content.length)
          .putInt(folder.label(image))
          .putInt(PackHeader.checksum(ByteBuffer.wrap(content)))
          .putInt(nameEnd);
      writeFully(channel, ByteBuffer.wrap(content));
      progress.accept(image + 1);
    }
    index.putLong(16, channel.position());
    PackHeader.seal(index);
    channel.position(0);
    writeFully(channel, index.clear());
  }

  private byte[] content(int image) {
    Path file = Path.of(folder.name(image));
    try {
      return ImageDecoder.read(file);
    } catch (CorruptImageException e) {
      unreadable.add(BadImage.of(image, e));
      return new byte[0];
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
