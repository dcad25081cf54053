package io.github.deit4j.cpu.conv;

import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Every {@code step}-th row and column of a feature map with channels last: point (r, q) of phase
 * (a, b) is the pixel in row {@code step·r + a − front} and column {@code step·q + b − front}, or a
 * zero where the feature map has none. A phase taken out of the feature map is a dense plane, in
 * which a strided convolution moves by one pixel. A plane holds eight channels of each point
 * together, the blocked layout nChw8c. What im2col would copy for every tap is read from it
 * directly.
 *
 * @param height rows of the feature map
 * @param width columns of the feature map
 * @param channels channels of the feature map
 * @param step rows and columns from point to point
 * @param front rows and columns of zeros in front of the feature map
 */
record PhasePlanes(int height, int width, int channels, int step, int front) {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = ConvolutionTiles.LANES;
  private static final long CHUNK_BYTES = 4L * LANES;

  /**
   * A rectangle of points of one phase.
   *
   * @param a phase of the rows
   * @param b phase of the columns
   * @param firstRow first row of points
   * @param rows rows of points
   * @param columns columns of points, from the first
   */
  record Window(int a, int b, int firstRow, int rows, int columns) {}

  /**
   * Channels of some groups, cut into chunks of up to eight channels of one group.
   *
   * @param first first channel
   * @param groups number of groups
   * @param groupChannels channels of a group
   */
  record Chunks(int first, int groups, int groupChannels) {
    int perGroup() {
      return (groupChannels + LANES - 1) / LANES;
    }

    int count() {
      return groups * perGroup();
    }

    /** Returns whether every chunk has eight channels, so that they follow each other. */
    boolean areWhole() {
      return groupChannels % LANES == 0;
    }

    int channel(int chunk) {
      return first + chunk / perGroup() * groupChannels + chunk % perGroup() * LANES;
    }

    int lanes(int chunk) {
      return Math.min(LANES, groupChannels - chunk % perGroup() * LANES);
    }
  }

  /**
   * Where the planes of chunks lie in an array.
   *
   * @param at the first point of the first chunk's plane
   * @param chunkStride from plane to plane
   * @param rowPoints points from row to row, at least the window's columns
   */
  record Place(int at, int chunkStride, int rowPoints) {
    int point(int row, int column) {
      return at + LANES * (row * rowPoints + column);
    }
  }

  private int row(Window window, int r) {
    return step * (window.firstRow + r) + window.a - front;
  }

  private int column(Window window, int q) {
    return step * q + window.b - front;
  }

  private int firstInside(Window window) {
    return Math.clamp(Math.ceilDiv(front - window.b, step), 0, window.columns);
  }

  private int lastInside(Window window) {
    return Math.clamp(Math.ceilDiv(width + front - window.b, step), 0, window.columns);
  }

  private long pixel(int image, int row, int column) {
    return (((long) image * height + row) * width + column) * channels;
  }

  /** Copies a window to planes. Nothing is said of lanes without a channel. */
  void read(MemorySegment map, int image, Window window, Chunks chunks, float[] to, Place place) {
    for (int r = 0; r < window.rows; r++) {
      int row = row(window, r);
      boolean inside = row >= 0 && row < height;
      int begin = inside ? firstInside(window) : window.columns;
      int end = Math.max(begin, inside ? lastInside(window) : window.columns);
      clear(to, place, chunks, r, 0, begin);
      clear(to, place, chunks, r, end, window.columns);
      if (begin < end) {
        long pixel = pixel(image, row, column(window, begin));
        read(map, pixel, end - begin, chunks, to, place.point(r, begin), place.chunkStride);
      }
    }
  }

  private static void clear(
      float[] to, Place place, Chunks chunks, int row, int firstColumn, int lastColumn) {
    for (int column = firstColumn; column < lastColumn; column++) {
      int at = place.point(row, column);
      for (int chunk = 0; chunk < chunks.count(); chunk++) {
        Arrays.fill(to, at, at + LANES, 0f);
        at += place.chunkStride;
      }
    }
  }

  /** Copies points of a row, along the row or along the channels, whichever is longer. */
  private void read(
      MemorySegment map, long pixel, int points, Chunks chunks, float[] to, int at, int stride) {
    long pixelStep = (long) step * channels;
    int count = chunks.count();
    if (!chunks.areWhole()) {
      for (int chunk = 0; chunk < count; chunk++) {
        long from = pixel + chunks.channel(chunk);
        int lanes = chunks.lanes(chunk);
        // Eight at once as long as the feature map has them: lanes without a channel may be any.
        int whole = pointsBefore(map.byteSize() / 4 - LANES, from, pixelStep, points);
        read(map, 4 * from, 4 * pixelStep, to, at + stride * chunk, LANES, whole);
        long rest = from + whole * pixelStep;
        readPart(
            map, rest, pixelStep, lanes, to, at + stride * chunk + LANES * whole, points - whole);
      }
    } else if (count > points) {
      for (int point = 0; point < points; point++) {
        long from = 4 * (pixel + point * pixelStep + chunks.first);
        read(map, from, CHUNK_BYTES, to, at + LANES * point, stride, count);
      }
    } else {
      for (int chunk = 0; chunk < count; chunk++) {
        long from = 4 * (pixel + chunks.first) + CHUNK_BYTES * chunk;
        read(map, from, 4 * pixelStep, to, at + stride * chunk, LANES, points);
      }
    }
  }

  private static void read(
      MemorySegment map, long bytes, long byteStep, float[] to, int first, int step, int count) {
    long from = bytes;
    int at = first;
    for (int i = 0; i < count; i++) {
      VectorMath.eight(map, from).intoArray(to, at);
      from += byteStep;
      at += step;
    }
  }

  /** Returns how many of the points that follow each other begin at or before an element. */
  private static int pointsBefore(long last, long from, long pixelStep, int points) {
    return from > last ? 0 : (int) Math.min(points, (last - from) / pixelStep + 1);
  }

  private static void readPart(
      MemorySegment map, long from, long pixelStep, int lanes, float[] to, int at, int points) {
    for (int point = 0; point < points; point++) {
      for (int lane = 0; lane < lanes; lane++) {
        to[at + LANES * point + lane] = map.getAtIndex(JAVA_FLOAT, from + point * pixelStep + lane);
      }
    }
  }

  /** Copies a window back from planes; points outside the feature map stay there. */
  void write(
      MemorySegment map, int image, Window window, Chunks chunks, float[] from, Place place) {
    int begin = firstInside(window);
    int end = lastInside(window);
    for (int r = 0; r < window.rows; r++) {
      int row = row(window, r);
      if (row >= 0 && row < height && begin < end) {
        long pixel = pixel(image, row, column(window, begin));
        write(map, pixel, end - begin, chunks, from, place.point(r, begin), place.chunkStride);
      }
    }
  }

  private void write(
      MemorySegment map, long pixel, int points, Chunks chunks, float[] from, int at, int stride) {
    long pixelStep = (long) step * channels;
    int count = chunks.count();
    if (!chunks.areWhole()) {
      for (int chunk = 0; chunk < count; chunk++) {
        long to = pixel + chunks.channel(chunk);
        writePart(map, to, pixelStep, chunks.lanes(chunk), from, at + stride * chunk, points);
      }
    } else if (count > points) {
      for (int point = 0; point < points; point++) {
        long to = 4 * (pixel + point * pixelStep + chunks.first);
        write(map, to, CHUNK_BYTES, from, at + LANES * point, stride, count);
      }
    } else {
      for (int chunk = 0; chunk < count; chunk++) {
        long to = 4 * (pixel + chunks.first) + CHUNK_BYTES * chunk;
        write(map, to, 4 * pixelStep, from, at + stride * chunk, LANES, points);
      }
    }
  }

  private static void write(
      MemorySegment map, long bytes, long byteStep, float[] from, int first, int step, int count) {
    long to = bytes;
    int at = first;
    for (int i = 0; i < count; i++) {
      VectorMath.eight(from, at).intoMemorySegment(NATIVE.cast(map), to, ORDER);
      to += byteStep;
      at += step;
    }
  }

  private static void writePart(
      MemorySegment map, long to, long pixelStep, int lanes, float[] from, int at, int points) {
    for (int point = 0; point < points; point++) {
      for (int lane = 0; lane < lanes; lane++) {
        map.setAtIndex(JAVA_FLOAT, to + point * pixelStep + lane, from[at + LANES * point + lane]);
      }
    }
  }
}
