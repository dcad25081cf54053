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

  /**
   * A rectangle of points of one phase.
   *
   * @param image of the feature map
   * @param a phase of the rows
   * @param b phase of the columns
   * @param firstRow first row of points
   * @param rows rows of points
   * @param columns columns of points, from the first
   */
  record Window(int image, int a, int b, int firstRow, int rows, int columns) {}

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
  void read(MemorySegment map, Window window, Chunks chunks, float[] to, Place place) {
    copy(new Copy(map, to, true), window, chunks, place);
  }

  /** Copies a window back from planes; points outside the feature map stay there. */
  void write(MemorySegment map, Window window, Chunks chunks, float[] from, Place place) {
    copy(new Copy(map, from, false), window, chunks, place);
  }

  private void copy(Copy copy, Window window, Chunks chunks, Place place) {
    for (int r = 0; r < window.rows; r++) {
      int row = row(window, r);
      boolean inside = row >= 0 && row < height;
      int begin = inside ? firstInside(window) : window.columns;
      int end = Math.max(begin, inside ? lastInside(window) : window.columns);
      if (copy.read) {
        clear(copy.planes, place, chunks, r, 0, begin);
        clear(copy.planes, place, chunks, r, end, window.columns);
      }
      if (begin < end) {
        long pixel = pixel(window.image, row, column(window, begin));
        copyRow(copy, pixel, end - begin, chunks, place.point(r, begin), place.chunkStride);
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
  private void copyRow(Copy copy, long pixel, int points, Chunks chunks, int at, int stride) {
    long pixelStep = (long) step * channels;
    int count = chunks.count();
    if (chunks.areWhole() && count > points) {
      for (int point = 0; point < points; point++) {
        long start = pixel + point * pixelStep + chunks.first;
        copy.eights(start, LANES, at + LANES * point, stride, count);
      }
      return;
    }
    for (int chunk = 0; chunk < count; chunk++) {
      long start = pixel + chunks.channel(chunk);
      int lanes = chunks.lanes(chunk);
      int to = at + stride * chunk;
      int whole = lanes == LANES ? points : copy.readable(start, pixelStep, points);
      copy.eights(start, pixelStep, to, LANES, whole);
      copy.parts(start + whole * pixelStep, pixelStep, lanes, to + LANES * whole, points - whole);
    }
  }

  /**
   * A copy between a feature map and planes.
   *
   * @param read whether it goes to the planes
   */
  private record Copy(MemorySegment map, float[] planes, boolean read) {
    /** Returns for how many points of fewer channels eight numbers may be read: any will do. */
    int readable(long start, long pixelStep, int points) {
      long last = map.byteSize() / 4 - LANES;
      return read && start <= last ? (int) Math.min(points, (last - start) / pixelStep + 1) : 0;
    }

    /** Copies eight numbers so many times, all steps in elements. */
    void eights(long start, long mapStep, int first, int planeStep, int count) {
      long bytes = 4 * start;
      int at = first;
      if (read) {
        for (int i = 0; i < count; i++) {
          VectorMath.eight(map, bytes).intoArray(planes, at);
          bytes += 4 * mapStep;
          at += planeStep;
        }
      } else {
        for (int i = 0; i < count; i++) {
          VectorMath.eight(planes, at).intoMemorySegment(NATIVE.cast(map), bytes, ORDER);
          bytes += 4 * mapStep;
          at += planeStep;
        }
      }
    }

    /** Copies the fewer channels of so many points. */
    void parts(long start, long pixelStep, int lanes, int first, int points) {
      for (int point = 0; point < points; point++) {
        for (int lane = 0; lane < lanes; lane++) {
          long from = start + point * pixelStep + lane;
          int at = first + LANES * point + lane;
          if (read) {
            planes[at] = map.getAtIndex(JAVA_FLOAT, from);
          } else {
            map.setAtIndex(JAVA_FLOAT, from, planes[at]);
          }
        }
      }
    }
  }
}
