package io.github.deit4j.data.set;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.data.BadImageLog.BadImage;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.data.transform.Resize;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.weights.AtomicFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/** Writes the images of a folder to one file, for {@link PackedImages}. */
public final class PackWriter {
  /** Images of each thread that wait to be written, at most. */
  private static final int AHEAD = 4;

  private final ImageFiles folder;
  private final PackedPixels pixels;
  private final int threads;
  private final List<BadImage> unreadable = new ArrayList<>();

  private PackWriter(ImageFiles folder, PackedPixels pixels, int threads) {
    this.folder = folder;
    this.pixels = pixels;
    this.threads = threads;
  }

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

  /** What is written of an image; nothing, and why, of one that can't be read. */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never changed
  private record Content(int height, int width, byte[] bytes, BadImage bad) {}

  /**
   * Writes a pack of files, whole or not at all. A file that can't be read gets a place without
   * content, so that all others keep their numbers.
   *
   * @param progress hears how many images are done
   * @return the files that could not be read
   * @throws DatasetException if the index would not fit into 2 GiB
   * @throws io.github.deit4j.weights.CannotWriteException if the pack can't be written
   */
  public static List<BadImage> write(ImageFiles folder, Path file, IntConsumer progress)
      throws IOException {
    return new PackWriter(folder, null, 1).write(file, progress);
  }

  /**
   * Writes a pack of pixels, whole or not at all, as {@link #write(ImageFiles, Path, IntConsumer)}
   * does one of files.
   *
   * @param folder decodes its images as the pixels want it
   * @param threads that decode and resize
   */
  public static List<BadImage> write(
      ImageFiles folder, Path file, PackedPixels pixels, int threads, IntConsumer progress)
      throws IOException {
    return new PackWriter(folder, pixels, threads).write(file, progress);
  }

  private List<BadImage> write(Path file, IntConsumer progress) throws IOException {
    var classes = new Names(folder.classNames().size(), folder.classNames()::get);
    var names = new Names(folder.size(), folder::path);
    long dataOffset = header(classes, names, 0).dataOffset();
    if (dataOffset > Integer.MAX_VALUE) {
      throw PackHeader.bad(file, "an index of at most 2 GiB", dataOffset + " bytes");
    }
    AtomicFiles.write(
        file,
        channel -> {
          ByteBuffer index = ByteBuffer.allocate((int) dataOffset).order(ByteOrder.LITTLE_ENDIAN);
          index.position(PackHeader.BYTES);
          channel.position(dataOffset);
          writeImages(channel, index, names, progress);
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

  private PackHeader header(Names classes, Names names, long fileSize) {
    return new PackHeader(
        fileSize,
        names.ends.length,
        classes.ends.length,
        classes.bytes.size(),
        names.bytes.size(),
        pixels);
  }

  private void writeImages(FileChannel channel, ByteBuffer index, Names names, IntConsumer progress)
      throws IOException {
    Queue<Future<Content>> ahead = new ArrayDeque<>();
    ExecutorService pool =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().name("deit4j-pack-", 0).daemon(true).factory());
    try (pool) {
      int asked = 0;
      for (int image = 0; image < folder.size(); image++) {
        for (; asked < folder.size() && asked < image + AHEAD * threads; asked++) {
          int next = asked;
          ahead.add(pool.submit(() -> content(next)));
        }
        Content content = ahead.remove().get();
        if (content.bad != null) {
          unreadable.add(content.bad);
        }
        index
            .putLong(channel.position())
            .putInt(content.bytes.length)
            .putInt(folder.label(image))
            .putInt(PackHeader.checksum(ByteBuffer.wrap(content.bytes)))
            .putInt(names.ends[image]);
        if (pixels != null) {
          index.putInt(content.height).putInt(content.width);
        }
        AtomicFiles.writeFully(channel, ByteBuffer.wrap(content.bytes));
        progress.accept(image + 1);
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Error error -> throw error;
        case RuntimeException exception -> throw exception;
        default -> throw new IllegalStateException("pack: " + e.getCause(), e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while packing");
    } finally {
      pool.shutdownNow();
    }
  }

  private Content content(int image) {
    try {
      return pixels == null
          ? new Content(0, 0, ImageDecoder.read(Path.of(folder.name(image))), null)
          : resized(image);
    } catch (CorruptImageException e) {
      return new Content(0, 0, new byte[0], BadImage.of(image, e));
    }
  }

  private Content resized(int image) throws CorruptImageException {
    Resize resize = new Resize(pixels.side(), pixels.interpolation());
    Image decoded = folder.image(image);
    resize.requireFits(folder.name(image), decoded.height(), decoded.width());
    Image resized = resize.apply(decoded, Purpose.TRANSFORM.stream(0, 0, 0)); // draws nothing
    return new Content(resized.height(), resized.width(), resized.pixels(), null);
  }
}
