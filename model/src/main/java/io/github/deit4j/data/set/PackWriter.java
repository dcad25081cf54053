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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/** Writes the images of a folder to one file, for {@link PackedImages}. */
public final class PackWriter {
  private PackWriter() {}

  /** Names one after the other, and where each ends. */
  private static final class Names {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final int[] ends;

    Names(int count, IntFunction<String> name) {
      ends = new int[count];
      for (int i = 0; i < count; i++) {
        bytes.writeBytes(name.apply(i).getBytes(UTF_8));
        ends[i] = bytes.size();
      }
    }
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
    var classes = new Names(folder.classNames().size(), folder.classNames()::get);
    var names = new Names(folder.size(), folder::path);
    long dataOffset = header(classes, names, 0).dataOffset();
    if (dataOffset > Integer.MAX_VALUE) {
      throw PackHeader.bad(file, "an index of at most 2 GiB", dataOffset + " bytes");
    }
    List<BadImage> unreadable = new ArrayList<>();
    AtomicFiles.write(
        file,
        channel -> {
          ByteBuffer index = ByteBuffer.allocate((int) dataOffset).order(ByteOrder.LITTLE_ENDIAN);
          index.position(PackHeader.BYTES);
          channel.position(dataOffset);
          for (int image = 0; image < folder.size(); image++) {
            byte[] content = content(folder, image, unreadable);
            index
                .putLong(channel.position())
                .putInt(content.length)
                .putInt(folder.label(image))
                .putInt(PackHeader.checksum(ByteBuffer.wrap(content)))
                .putInt(names.ends[image]);
            AtomicFiles.writeFully(channel, ByteBuffer.wrap(content));
            progress.accept(image + 1);
          }
          for (int end : classes.ends) {
            index.putInt(end);
          }
          index.put(classes.bytes.toByteArray()).put(names.bytes.toByteArray());
          header(classes, names, channel.position()).write(index);
          channel.position(0);
          AtomicFiles.writeFully(channel, index.clear());
        });
    return List.copyOf(unreadable);
  }

  private static PackHeader header(Names classes, Names names, long fileSize) {
    return new PackHeader(
        fileSize, names.ends.length, classes.ends.length, classes.bytes.size(), names.bytes.size());
  }

  private static byte[] content(ImageFiles folder, int image, List<BadImage> unreadable) {
    try {
      return ImageDecoder.read(Path.of(folder.name(image)));
    } catch (CorruptImageException e) {
      unreadable.add(BadImage.of(image, e));
      return new byte[0];
    }
  }
}
