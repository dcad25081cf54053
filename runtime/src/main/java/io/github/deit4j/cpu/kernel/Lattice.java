package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Every {@code step}-th row and column of a map with channels last: point (r, q) of phase (a, b) is
 * the pixel in row {@code step·r + a − front} and column {@code step·q + b − front}, or a zero
 * where the map has none. A phase taken out of the map is a dense plane, in which a strided
 * convolution moves by one pixel.
 *
 * @param height rows of the map
 * @param width columns of the map
 * @param channels channels of the map, of all groups
 * @param step rows and columns from point to point
 * @param front rows and columns of zeros in front of the map
 */
record Lattice(int height, int width, int channels, int step, int front) {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = ConvolutionTiles.LANES;

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

  /**
   * Copies up to eight channels of a window to an array, [rows][rowPoints][8].
   *
   * @param channel first of the channels
   * @param count number of channels, 1 to 8; of the other lanes nothing is said
   * @param rowPoints points from row to row in the array, at least the window's columns
   */
  void read(
      MemorySegment map,
      int image,
      Window window,
      int channel,
      int count,
      float[] to,
      int at,
      int rowPoints) {
    int begin = firstInside(window);
    int end = lastInside(window);
    for (int r = 0; r < window.rows; r++) {
      int start = at + LANES * r * rowPoints;
      int row = row(window, r);
      if (row < 0 || row >= height || begin >= end) {
        Arrays.fill(to, start, start + LANES * window.columns, 0f);
        continue;
      }
      Arrays.fill(to, start, start + LANES * begin, 0f);
      Arrays.fill(to, start + LANES * end, start + LANES * window.columns, 0f);
      long from = pixel(image, row, column(window, begin)) + channel;
      readRow(map, from, step * channels, count, to, start + LANES * begin, end - begin);
    }
  }

  private static void readRow(
      MemorySegment map, long from, int stride, int count, float[] to, int at, int points) {
    if (count == LANES) {
      long bytes = 4 * from;
      for (int i = 0; i < points; i++) {
        FloatVector.fromMemorySegment(EIGHT, map, bytes, ORDER).intoArray(to, at + LANES * i);
        bytes += 4L * stride;
      }
    } else {
      for (int i = 0; i < points; i++) {
        for (int lane = 0; lane < count; lane++) {
          to[at + LANES * i + lane] = map.getAtIndex(JAVA_FLOAT, from + (long) i * stride + lane);
        }
      }
    }
  }

  /** Copies a window back from an array laid out as by {@link #read}; points outside stay there. */
  void write(
      MemorySegment map,
      int image,
      Window window,
      int channel,
      int count,
      float[] from,
      int rowPoints) {
    int begin = firstInside(window);
    int end = lastInside(window);
    for (int r = 0; r < window.rows; r++) {
      int row = row(window, r);
      if (row >= 0 && row < height && begin < end) {
        long to = pixel(image, row, column(window, begin)) + channel;
        int start = LANES * (r * rowPoints + begin);
        writeRow(map, to, step * channels, count, from, start, end - begin);
      }
    }
  }

  private static void writeRow(
      MemorySegment map, long to, int stride, int count, float[] from, int at, int points) {
    if (count == LANES) {
      long bytes = 4 * to;
      for (int i = 0; i < points; i++) {
        FloatVector.fromArray(EIGHT, from, at + LANES * i).intoMemorySegment(map, bytes, ORDER);
        bytes += 4L * stride;
      }
    } else {
      for (int i = 0; i < points; i++) {
        for (int lane = 0; lane < count; lane++) {
          map.setAtIndex(JAVA_FLOAT, to + (long) i * stride + lane, from[at + LANES * i + lane]);
        }
      }
    }
  }
}
