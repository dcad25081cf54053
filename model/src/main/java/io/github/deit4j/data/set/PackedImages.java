package io.github.deit4j.data.set;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.StoredImages;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.decode.ImageDecoder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The images of an {@link ImageFileFormat} in one file, mapped into memory: opened at once and read
 * in any order without a system call. The same images in the same order, so a training run gives
 * the same weights; of {@link PackedPixels} too, if it resizes as they were. {@link PackHeader}
 * tells the format.
 */
public final class PackedImages implements Dataset {
  private static final int CHANNELS = 3;

  private final Path file;
  private final Decoding decoding;
  private final Arena arena;
  private final MemorySegment memory;
  private final ByteBuffer index;
  private final PackHeader header;
  private final List<String> classNames;

  private PackedImages(Path file, Decoding decoding, Arena arena, MemorySegment memory)
      throws DatasetException {
    this.file = file;
    this.decoding = decoding;
    this.arena = arena;
    this.memory = memory;
    ByteBuffer start = buffer(memory.asSlice(0, Math.min(memory.byteSize(), PackHeader.BYTES)));
    this.header = PackHeader.read(file, start, memory.byteSize());
    this.index = buffer(memory.asSlice(0, header.dataOffset()));
    PackHeader.requireChecksum(file, index);
    requireEntries();
    this.classNames = readClassNames();
  }

  private static ByteBuffer buffer(MemorySegment part) {
    return part.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Opens a pack.
   *
   * @throws DatasetException if it is missing, cut off, damaged, or no pack; or has pixels of
   *     pictures that were turned otherwise than files would be
   */
  public static PackedImages open(Path file, Decoding decoding) throws DatasetException {
    decoding.jpeg().requireAvailable();
    PackedImages pack = map(file, decoding);
    PackedPixels pixels = pack.header.pixels();
    if (pixels != null && pixels.exifOrientation() != decoding.exifOrientation()) {
      pack.close();
      throw PackHeader.bad(
          file,
          "images %sturned upright by their EXIF data"
              .formatted(decoding.exifOrientation() ? "" : "not "),
          "pixels of others; pack them %s --exif-orientation, or set exif-orientation: %s"
              .formatted(
                  decoding.exifOrientation() ? "with" : "without", pixels.exifOrientation()));
    }
    return pack;
  }

  @SuppressWarnings("MustBeClosedChecker") // the returned data set closes the arena
  private static PackedImages map(Path file, Decoding decoding) throws DatasetException {
    if (!Files.isRegularFile(file)) {
      throw PackHeader.bad(file, "a pack made by \"deit pack\"", "no file");
    }
    var arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file)) {
      var memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new PackedImages(file, decoding, arena, memory);
    } catch (DatasetException | RuntimeException e) {
      arena.close();
      throw e;
    } catch (IOException | InternalError e) {
      arena.close();
      throw new DatasetException(file + ": can't be read: " + e.getMessage(), e);
    }
  }

  /**
   * Requires that a pack has the images of a folder, by their names and classes.
   *
   * @param pixels what it should hold of them; null for files
   * @throws DatasetException if it has others, or as {@link #open}
   */
  public static void requireSame(Path file, ImageFiles folder, PackedPixels pixels)
      throws DatasetException {
    try (PackedImages pack = map(file, Decoding.STANDARD)) {
      boolean same =
          pack.size() == folder.size()
              && pack.classNames().equals(folder.classNames())
              && Objects.equals(pack.header.pixels(), pixels);
      for (int image = 0; same && image < pack.size(); image++) {
        same =
            pack.path(image).equals(folder.path(image)) && pack.label(image) == folder.label(image);
      }
      if (!same) {
        throw PackHeader.bad(
            file, "no file, or a pack of the same images", "another pack; remove it first");
      }
    }
  }

  private void requireEntries() throws DatasetException {
    long end = header.dataOffset();
    int nameEnd = 0;
    for (int image = 0; image < header.images(); image++) {
      Entry entry = entry(image);
      boolean sound =
          entry.offset == end
              && entry.length >= 0
              && (header.pixels() == null || entry.hasPixels(header.pixels().side()))
              && entry.length <= header.fileSize() - end
              && entry.label >= 0
              && entry.label < header.classes()
              && entry.nameEnd >= nameEnd
              && entry.nameEnd <= header.nameBytes();
      if (!sound) {
        throw PackHeader.bad(file, "a sound entry of image " + image, "another");
      }
      end += entry.length;
      nameEnd = entry.nameEnd;
    }
    if (end != header.fileSize()) {
      throw PackHeader.bad(file, "images up to the end", "other bytes behind them");
    }
  }

  private List<String> readClassNames() throws DatasetException {
    List<String> names = new ArrayList<>();
    int from = 0;
    for (int label = 0; label < header.classes(); label++) {
      int to = index.getInt(Math.toIntExact(header.classEndsAt() + 4L * label));
      if (to < from || to > header.classBytes()) {
        throw PackHeader.bad(file, "a sound name of class " + label, "another");
      }
      names.add(text(header.classNamesAt() + from, to - from));
      from = to;
    }
    return List.copyOf(names);
  }

  private String text(long at, int length) {
    byte[] bytes = new byte[length];
    index.get(Math.toIntExact(at), bytes);
    return new String(bytes, UTF_8);
  }

  /** What the index says of an image, see {@link PackHeader}. */
  private record Entry(
      long offset, int length, int label, int crc, int nameEnd, int height, int width) {
    /** Whether the length is that of an image with this shorter side, or of none. */
    boolean hasPixels(int side) {
      return length == 0
          ? height == 0 && width == 0
          : Math.min(height, width) == side && length == (long) CHANNELS * height * width;
    }
  }

  private int entryAt(int image) {
    return Math.toIntExact(PackHeader.BYTES + (long) header.entryBytes() * image);
  }

  private Entry entry(int image) {
    int at = entryAt(image);
    boolean pixels = header.pixels() != null;
    return new Entry(
        index.getLong(at),
        index.getInt(at + 8),
        index.getInt(at + 12),
        index.getInt(at + 16),
        index.getInt(at + 20),
        pixels ? index.getInt(at + 24) : 0,
        pixels ? index.getInt(at + 28) : 0);
  }

  @Override
  public int size() {
    return header.images();
  }

  @Override
  public int channels() {
    return CHANNELS;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int image) {
    return entry(image).label;
  }

  @Override
  public Image image(int image, Reduction reduction) throws CorruptImageException {
    Entry entry = entry(image);
    byte[] content = content(image);
    requireSound(image, entry, ByteBuffer.wrap(content));
    return header.pixels() == null
        ? ImageDecoder.decode(name(image), content, decoding, reduction)
        : new Image(CHANNELS, entry.height, entry.width, content);
  }

  private void requireSound(int image, Entry entry, ByteBuffer content)
      throws CorruptImageException {
    if (PackHeader.checksum(content) != entry.crc) {
      throw new CorruptImageException(name(image), "damaged: not what was packed");
    }
    if (entry.length == 0) {
      throw new CorruptImageException(name(image), "could not be read when it was packed");
    }
  }

  @Override
  public Optional<StoredImages> storedImages() {
    return header.pixels() == null ? Optional.empty() : Optional.of(new Stored());
  }

  /** The images where they lie in the file. */
  private final class Stored implements StoredImages {
    @Override
    public int height(int image) {
      return entry(image).height;
    }

    @Override
    public int width(int image) {
      return entry(image).width;
    }

    @Override
    public MemorySegment pixels(int image) throws CorruptImageException {
      Entry entry = entry(image);
      MemorySegment pixels = memory.asSlice(entry.offset, entry.length);
      try {
        requireSound(image, entry, buffer(pixels));
      } catch (InternalError e) {
        throw unreadable(image, e);
      }
      return pixels;
    }
  }

  @Override
  public String fingerprint() {
    return PackHeader.fingerprint(this, image -> entry(image).length);
  }

  @Override
  public int checksum(int image) {
    int checksum = entry(image).crc;
    return checksum == 0 ? 1 : checksum;
  }

  private byte[] content(int image) throws CorruptImageException {
    Entry entry = entry(image);
    try {
      return memory.asSlice(entry.offset, entry.length).toArray(JAVA_BYTE);
    } catch (InternalError e) {
      throw unreadable(image, e);
    }
  }

  /** What the JVM makes of a page that the disk does not give, or that was cut off meanwhile. */
  private CorruptImageException unreadable(int image, InternalError e) {
    return new CorruptImageException(name(image), "can't be read: " + e.getMessage(), e);
  }

  /** Returns the image's file below the folder that was packed. */
  @Override
  public String path(int image) {
    int from = image == 0 ? 0 : entry(image - 1).nameEnd;
    return text(header.namesAt() + from, entry(image).nameEnd - from);
  }

  @Override
  public String name(int image) {
    return file + ":" + path(image);
  }

  @Override
  public void close() {
    arena.close();
  }
}
