package io.github.deit4j.input;

import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What one input may ask for: bytes, pixels, operations, nesting. All limits are counts and the
 * same on every machine and heap, since what is refused decides which images a run is trained on,
 * and so its bits. A reader that is handed none takes {@link #STANDARD}. Immutable.
 */
public final class InputBudget {
  /** Each limit as it is unless somebody chooses another. */
  public static final InputBudget STANDARD =
      new InputBudget(Stream.of(Limit.values()).mapToLong(limit -> limit.standard).toArray());

  /** The limits of a server, to which anybody may send an image: half as many pixels. */
  public static final InputBudget SERVED = STANDARD.with(Limit.IMAGE_PIXELS, 50_000_000);

  /** What is counted. Files of weights and packs of images are mapped, not read: no limit. */
  public enum Limit {
    /** Of an image file. */
    IMAGE_BYTES(1L << 28, "bytes of an image file"),
    /** Of a picture as its header announces them. */
    IMAGE_PIXELS(100_000_000, "pixels"),
    /** Of a picture's rows or columns: 65,500 are the most that JPEG can have. */
    IMAGE_SIDE(65_536, "rows or columns"),
    /**
     * Of a picture in a file however small: a square of 3072. Those of 16 bits count twice, those
     * of a JPEG file again with each ten scans.
     */
    PIXELS_OF_ANY_FILE(3072 * 3072, "pixels"),
    /**
     * Of a picture with more pixels than that. A blank JPEG file has 64 in a byte, a photograph 10;
     * PNG can have 8000.
     */
    PIXELS_PER_BYTE(256, "pixels in a byte of an image file"),
    /** Of a progressive JPEG file, which mostly has 10; all pixels are gone through for each. */
    IMAGE_SCANS(100, "scans of a JPEG file"),
    /** Pixels of a JPEG file times its scans. */
    SCANNED_PIXELS(2_000_000_000L, "pixels in all scans of a JPEG file"),
    /** Of all parts of a TIFF file, where that is more than the file has: parts may share bytes. */
    SHARED_BYTES(64 << 20, "bytes in all parts of a TIFF file"),
    /** Of an image after its resize, unless four squares of its shorter side are more. */
    RESIZED_PIXELS(1 << 24, "pixels after resizing"),
    /** Rows or columns to which a model's images are resized. */
    RESIZED_SIDE(8192, "rows or columns after resizing"),
    /** Of a data set. */
    CLASSES(1_000_000, "classes"),
    /** Of one JSON document read as a whole. */
    JSON_BYTES(100_000_000, "bytes of JSON"),
    /** Of one such document; bounds the memory of its tree. */
    JSON_TOKENS(4_000_000, "tokens of JSON"),
    /** Of a JSON document read piece by piece. */
    JSON_STREAM_BYTES(4_000_000_000L, "bytes of JSON"),
    /** Of such a document. */
    JSON_STREAM_TOKENS(1_000_000_000, "tokens of JSON"),
    /** Of one piece of such a document. */
    JSON_ELEMENT_TOKENS(10_000, "tokens of an element of JSON"),
    /** Of objects and arrays in each other. */
    JSON_NESTING(100, "levels of JSON"),
    /** Of a PyTorch file's pickle. */
    PICKLE_BYTES(64 << 20, "bytes of a pickle"),
    /**
     * Of a pickle, an operation on a list counting its elements; an optimizer's state of a thousand
     * tensors has 160,000.
     */
    PICKLE_OPERATIONS(2_000_000, "operations of a pickle"),
    /** Of a name that a pickle keeps or looks up. */
    PICKLE_NAME(1000, "characters of a name in a pickle"),
    /** Of a recipe. */
    RECIPE_BYTES(1 << 20, "bytes of a recipe"),
    /** Of one key or value of a recipe. */
    RECIPE_TEXT(10_000, "characters of a recipe's key or value"),
    /** Of a list of images or of a file of class names. */
    LIST_BYTES(1L << 30, "bytes of a list"),
    /** Of images that are kept in memory, as they are after unpacking. */
    DATA_BYTES(Integer.MAX_VALUE - 8L, "bytes of images"),
    /** Of such images in a compressed file however small. */
    UNPACKED_FROM_ANY_FILE(64 << 20, "bytes of images"),
    /** Of images in a larger compressed file; pictures of digits have 5. */
    UNPACKED_PER_BYTE(200, "bytes of images in a byte of a compressed file"),
    /** Of a small text file that a run writes and reads again. */
    TEXT_BYTES(64 << 20, "bytes of text"),
    /** Of the body of one request to a server. */
    REQUEST_BYTES(32 << 20, "bytes of a request's body"),
    /** Of the bodies that a server holds at once. */
    ALL_REQUESTS_BYTES(256 << 20, "bytes of the bodies of all requests at once");

    private final long standard;
    private final String unit;

    Limit(long standard, String unit) {
      this.standard = standard;
      this.unit = unit;
    }
  }

  private final long[] most;

  private InputBudget(long[] most) {
    this.most = most;
  }

  /** Returns the same budget with another limit, such as a smaller one for files of strangers. */
  public InputBudget with(Limit limit, long most) {
    long[] changed = this.most.clone();
    changed[limit.ordinal()] = most;
    return new InputBudget(changed);
  }

  /** Returns the largest count that is allowed. */
  public long most(Limit limit) {
    return most[limit.ordinal()];
  }

  /**
   * Requires that a count is within its limit.
   *
   * @param error makes the reader's own error of a text that names limit and count, as in {@code
   *     expected at most 100 scans of a JPEG file, found 1000}
   */
  public <E extends Exception> void require(Limit limit, long found, Function<String, E> error)
      throws E {
    if (found > most(limit)) {
      throw error.apply("expected at most " + most(limit) + " " + limit.unit + ", found " + found);
    }
  }
}
