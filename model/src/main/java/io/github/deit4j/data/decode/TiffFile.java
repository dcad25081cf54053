package io.github.deit4j.data.decode;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;

/**
 * The first picture of a TIFF file (Revision 6.0, 1992; also BigTIFF): grey, RGB, CMYK or with a
 * palette, of 1 to 16 bits, unpacked or by LZW, Deflate or PackBits. Everything that its reader
 * trusts is checked here, and given to it as a directory of its own with nothing else in it:
 * profiles, texts and further pages are not looked at.
 */
final class TiffFile {
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS = 258;
  private static final int COMPRESSION = 259;
  private static final int COLOURS = 262;
  private static final int FILL_ORDER = 266;
  private static final int STRIP_OFFSETS = 273;
  private static final int SAMPLES = 277;
  private static final int STRIP_ROWS = 278;
  private static final int STRIP_BYTES = 279;
  private static final int PLANES = 284;
  private static final int PREDICTOR = 317;
  private static final int PALETTE = 320;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTES = 325;
  private static final int INKS = 332;
  private static final int EXTRA_SAMPLES = 338;
  private static final int SAMPLE_FORMAT = 339;

  private static final int SHORT = 3;
  private static final int LONG = 4;

  private static final int UNPACKED = 1;
  private static final Map<Long, String> COMPRESSIONS =
      Map.of(1L, "none", 5L, "LZW", 8L, "Deflate", 32946L, "Deflate", 32773L, "PackBits");
  private static final Map<Long, String> OTHER_COMPRESSIONS =
      Map.of(2L, "fax", 3L, "fax", 4L, "fax", 6L, "JPEG", 7L, "JPEG", 50000L, "Zstandard");

  /** Channels by what a file says of its colours: white is 0, black is 0, RGB, palette, CMYK. */
  private static final Map<Long, Integer> CHANNELS = Map.of(0L, 1, 1L, 1, 2L, 3, 3L, 1, 5L, 4);

  private static final long WITH_PALETTE = 3;
  private static final int MOST_SAMPLES = 4;

  /** Of a tile or strip: where it is, how long it is, and at least a byte of it. */
  private static final int LEAST_BYTES_OF_A_TILE = 5;

  private final String name;
  private final byte[] file;
  private final TiffFields fields;
  private final SortedMap<Integer, long[]> kept = new TreeMap<>();

  private TiffFile(String name, byte[] file) {
    this.name = name;
    this.file = file;
    this.fields = new TiffFields(file);
  }

  /**
   * Returns a file of the first picture alone.
   *
   * @throws CorruptImageException if it is not whole, of a kind that isn't decoded, or has more
   *     pixels than the budget allows
   */
  static byte[] firstPicture(String name, byte[] file, InputBudget budget)
      throws CorruptImageException {
    try {
      return new TiffFile(name, file).firstPicture(budget);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new CorruptImageException(name, "damaged: " + e.getMessage(), e);
    }
  }

  /** Returns the bits of a level, as far as a file tells. */
  static int bits(byte[] file) {
    return (int) new TiffFields(file).number(BITS, 1);
  }

  private byte[] firstPicture(InputBudget budget) throws CorruptImageException {
    int width = Math.toIntExact(keep(WIDTH, -1));
    int height = Math.toIntExact(keep(HEIGHT, -1));
    int samples = Math.toIntExact(keep(SAMPLES, 1));
    long colours = keep(COLOURS, -1);
    int bits = bitsOfEachOf(samples);
    long compression = keep(COMPRESSION, UNPACKED);
    requireKnown(colours, samples, bits, compression);
    boolean tiled = fields.has(TILE_OFFSETS);
    long tileWidth = tiled ? keep(TILE_WIDTH, -1) : width;
    long stripRows = Math.min(height, fields.number(STRIP_ROWS, height));
    long tileHeight = tiled ? keep(TILE_HEIGHT, -1) : stripRows;
    if (width < 1 || height < 1 || tileWidth < 1 || tileHeight < 1) {
      throw new IllegalArgumentException("a picture or a part of it without pixels");
    }
    if (!tiled) {
      kept.put(STRIP_ROWS, new long[] {stripRows});
    }
    long across = Math.ceilDiv(width, tileWidth);
    long down = Math.ceilDiv(height, tileHeight);
    ImageDecoder.requireFewPixels(
        name,
        Math.toIntExact(Math.multiplyExact(down, tileHeight)),
        Math.toIntExact(Math.multiplyExact(across, tileWidth)),
        file,
        1,
        budget);
    boolean planar = keep(PLANES, 1) == 2;
    long tiles = across * down * (planar ? samples : 1);
    if (tiles > file.length / LEAST_BYTES_OF_A_TILE) {
      throw new IllegalArgumentException(tiles + " parts in a file of " + file.length + " bytes");
    }
    long rowBytes = Math.ceilDiv(tileWidth * bits * (planar ? 1 : samples), Byte.SIZE);
    int lastRows = Math.toIntExact(tiled ? tileHeight : height - (down - 1) * tileHeight);
    keepParts(
        tiled ? TILE_OFFSETS : STRIP_OFFSETS,
        tiled ? TILE_BYTES : STRIP_BYTES,
        (int) tiles,
        part -> {
          boolean last = part / across % down == down - 1;
          return compression == UNPACKED ? rowBytes * (last ? lastRows : tileHeight) : 1;
        });
    requireFewBytes(kept.get(tiled ? TILE_BYTES : STRIP_BYTES), budget);
    return written();
  }

  private long keep(int tag, long otherwise) {
    long number = fields.number(tag, otherwise);
    kept.put(tag, new long[] {number});
    return number;
  }

  private int bitsOfEachOf(int samples) throws CorruptImageException {
    if (samples < 1 || samples > MOST_SAMPLES) {
      throw unknown("1 to " + MOST_SAMPLES + " channels", String.valueOf(samples));
    }
    int count = (int) Math.min(samples, Math.max(1, fields.count(BITS)));
    long[] bits = fields.has(BITS) ? fields.numbers(BITS, count) : new long[] {1};
    if (Arrays.stream(bits).distinct().count() > 1) {
      throw unknown("channels of the same bits", Arrays.toString(bits));
    }
    long[] all = new long[samples];
    Arrays.fill(all, bits[0]);
    kept.put(BITS, all);
    return (int) bits[0];
  }

  private void requireKnown(long colours, int samples, int bits, long compression)
      throws CorruptImageException {
    if (!COMPRESSIONS.containsKey(compression)) {
      throw unknown(
          "none, LZW, Deflate or PackBits as its compression",
          OTHER_COMPRESSIONS.getOrDefault(compression, "number " + compression));
    }
    Integer channels = CHANNELS.get(colours);
    if (channels == null || fields.number(INKS, 1) != 1) {
      throw unknown("grey, RGB, CMYK or a palette", "colours of number " + colours);
    }
    int most = colours == WITH_PALETTE ? 1 : MOST_SAMPLES;
    if (samples < channels || samples > Math.min(most, channels + 1)) {
      throw unknown(channels + " channels of its colours", String.valueOf(samples));
    }
    boolean ofOneByte = bits == 1 || bits == 2 || bits == 4 || bits == Byte.SIZE;
    boolean known = samples == 1 ? ofOneByte : bits == Byte.SIZE;
    if (!known && !(bits == Short.SIZE && colours != WITH_PALETTE)) {
      throw unknown("levels of 8 or 16 bits, grey ones of 1, 2 or 4, too", bits + " bits");
    }
    long format = fields.number(SAMPLE_FORMAT, 1);
    if (format != 1 && format != 4) {
      throw unknown("whole numbers without sign as levels", "format " + format);
    }
    long predictor = keep(PREDICTOR, 1);
    if (predictor != 1 && (predictor != 2 || bits < Byte.SIZE)) {
      throw unknown("predictor 1 or 2", String.valueOf(predictor));
    }
    keep(FILL_ORDER, 1);
    if (samples > channels) {
      kept.put(EXTRA_SAMPLES, new long[] {2});
    }
    if (colours == WITH_PALETTE) {
      kept.put(PALETTE, fields.numbers(PALETTE, 3 << bits));
    }
  }

  private CorruptImageException unknown(String expected, String found) {
    return new CorruptImageException(
        name, "expected a TIFF file with %s, found %s".formatted(expected, found));
  }

  /** Keeps where the parts of the picture are, all of them in the file. */
  private void keepParts(int offsetTag, int byteTag, int parts, IntToLongFunction leastBytes) {
    long[] offsets = fields.numbers(offsetTag, parts);
    long[] bytes = fields.numbers(byteTag, parts);
    for (int i = 0; i < parts; i++) {
      boolean whole = bytes[i] >= leastBytes.applyAsLong(i) && bytes[i] <= file.length;
      if (!whole || offsets[i] < 0 || offsets[i] > file.length - bytes[i]) {
        throw new IllegalArgumentException("the file is cut off");
      }
    }
    kept.put(offsetTag, offsets);
    kept.put(byteTag, bytes);
  }

  /** Parts may share bytes, which are gone through for each. */
  private void requireFewBytes(long[] bytes, InputBudget budget) throws CorruptImageException {
    long all = Arrays.stream(bytes).sum();
    if (all > file.length) {
      budget.require(Limit.SHARED_BYTES, all, problem -> new CorruptImageException(name, problem));
    }
  }

  /**
   * Returns the file with another directory behind its end. What stands in a field of more than
   * four bytes stands behind that.
   */
  private byte[] written() {
    int directory = file.length + (file.length & 1);
    int entries = 2 + 12 * kept.size() + 4;
    long size = directory + entries;
    for (Map.Entry<Integer, long[]> field : kept.entrySet()) {
      size += roomFor(field.getKey(), field.getValue());
    }
    ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(size)).order(fields.order());
    out.put(file).position(2);
    out.putShort((short) 42).putInt(directory).position(directory);
    out.putShort((short) kept.size());
    int values = directory + entries;
    for (Map.Entry<Integer, long[]> field : kept.entrySet()) {
      int tag = field.getKey();
      long[] numbers = field.getValue();
      out.putShort((short) tag).putShort((short) type(tag)).putInt(numbers.length);
      int room = roomFor(tag, numbers);
      int next = out.position() + 4;
      if (room > 0) {
        out.putInt(values).position(values);
        values += room;
      }
      for (long number : numbers) {
        if (type(tag) == LONG) {
          out.putInt((int) number);
        } else {
          out.putShort((short) number);
        }
      }
      out.position(next);
    }
    return out.array();
  }

  private static int type(int tag) {
    return switch (tag) {
      case WIDTH, HEIGHT, STRIP_OFFSETS, STRIP_ROWS, STRIP_BYTES -> LONG;
      case TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES -> LONG;
      default -> SHORT;
    };
  }

  /** Returns the bytes of numbers that don't fit into their entry. */
  private static int roomFor(int tag, long[] numbers) {
    int bytes = numbers.length * (type(tag) == LONG ? Integer.BYTES : Short.BYTES);
    return bytes <= Integer.BYTES ? 0 : bytes;
  }
}
