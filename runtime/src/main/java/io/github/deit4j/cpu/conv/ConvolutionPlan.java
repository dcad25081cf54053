package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.conv.PhasePlanes.Chunks;
import io.github.deit4j.cpu.conv.PhasePlanes.Place;
import io.github.deit4j.cpu.conv.PhasePlanes.Window;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.op.ConvolutionOps.ConvolutionShape;
import java.lang.foreign.MemorySegment;

/**
 * How {@link VectorConvolution} cuts a feature map into bands of rows and parts of groups, and
 * where the numbers of a band lie once they are taken out of the feature map.
 *
 * @param planes the points of the feature map from which numbers are taken
 * @param groupChannels channels of one of its groups
 * @param phases phases of rows, and of columns, that are taken
 * @param grid the points that are computed
 * @param partGroups groups that are computed together
 * @param bandRows rows of points that are computed together
 */
record ConvolutionPlan(
    PhasePlanes planes, int groupChannels, int phases, Grid grid, int partGroups, int bandRows) {
  private static final int LANES = ConvolutionTiles.LANES;

  /** Floats of a band: they fit the second-level cache. */
  private static final int BAND_FLOATS = 1 << 16;

  /** Rows that a band should have, so that few are taken out twice. */
  private static final int LEAST_ROWS = 8;

  /** Keeps the same point of different planes out of the same cache lines. */
  private static final int PLANE_GAP = 2 * LANES;

  /**
   * The points of a phase that are computed.
   *
   * @param rows rows of points
   * @param columns columns of points
   * @param margin how many points further right or below the taps of a point reach
   */
  record Grid(int rows, int columns, int margin) {
    static Grid ofOutput(ConvolutionShape shape) {
      return new Grid(shape.outHeight(), shape.outWidth(), margin(shape));
    }

    static Grid ofInput(ConvolutionShape shape) {
      return new Grid(
          (shape.height() - 1 + shape.padding()) / shape.stride() + 1,
          (shape.width() - 1 + shape.padding()) / shape.stride() + 1,
          margin(shape));
    }

    private static int margin(ConvolutionShape shape) {
      return (shape.kernel() - 1) / shape.stride();
    }

    int rowPoints() {
      return columns + margin;
    }
  }

  /** Plans for at least so many parts of the groups. */
  static ConvolutionPlan of(
      PhasePlanes planes, int groups, int groupChannels, int phases, Grid grid, int leastParts) {
    int planesOfGroup = new Chunks(0, 1, groupChannels).count() * phases * phases;
    int rowFloats = LANES * grid.rowPoints();
    int rows = Math.min(grid.rows, LEAST_ROWS) + grid.margin;
    int fitting = Math.clamp(BAND_FLOATS / ((long) planesOfGroup * rowFloats * rows), 1, groups);
    int partGroups = Math.min(fitting, Math.ceilDiv(groups, Math.clamp(leastParts, 1, groups)));
    int room = BAND_FLOATS / (planesOfGroup * partGroups * rowFloats) - grid.margin;
    int bandRows = Math.clamp(room, 1, grid.rows);
    return new ConvolutionPlan(planes, groupChannels, phases, grid, partGroups, bandRows);
  }

  int bands() {
    return Math.ceilDiv(grid.rows, bandRows);
  }

  private int firstRow(int band) {
    return band * bandRows;
  }

  private int rows(int band) {
    return Math.min(bandRows, grid.rows - firstRow(band));
  }

  /** Returns the points of phase (a, b) that are computed in a band. */
  Window window(int image, int a, int b, int band) {
    return new Window(image, a, b, firstRow(band), rows(band), grid.columns);
  }

  private int chunksPerGroup() {
    return Math.ceilDiv(groupChannels, LANES);
  }

  private int plane() {
    return LANES * (bandRows + grid.margin) * grid.rowPoints() + PLANE_GAP;
  }

  /** Floats of all planes of one group. */
  int groupFloats() {
    return chunksPerGroup() * phases * phases * plane();
  }

  /** Where a channel of phase (a, b) lies, so many points below and right of a point. */
  int offset(int channel, int a, int b, int down, int right) {
    int plane = (channel / LANES * phases + a) * phases + b;
    return plane * plane() + LANES * (down * grid.rowPoints() + right) + channel % LANES;
  }

  /** Where the points of a band lie in a plane, row by row without the margin. */
  int[] points() {
    int[] points = new int[bandRows * grid.columns];
    for (int point = 0; point < points.length; point++) {
      points[point] = LANES * (point / grid.columns * grid.rowPoints() + point % grid.columns);
    }
    return points;
  }

  /** Takes groups of a band out of the feature map: planes by group, eight channels, phase. */
  float[] read(
      MemorySegment map, int image, int band, int firstGroup, int groups, Scratch scratch) {
    // The last tile reads on behind the last point.
    int slack = LANES * (ConvolutionTiles.PIXELS + grid.margin);
    float[] in = scratch.array(Slot.CONVOLUTION_INPUT, groups * groupFloats() + slack);
    Chunks chunks = new Chunks(firstGroup * groupChannels, groups, groupChannels);
    int rows = rows(band) + grid.margin;
    for (int a = 0; a < phases; a++) {
      for (int b = 0; b < phases; b++) {
        Window window = new Window(image, a, b, firstRow(band), rows, grid.rowPoints());
        int at = (a * phases + b) * plane();
        Place place = new Place(at, phases * phases * plane(), grid.rowPoints());
        planes.read(map, window, chunks, in, place);
      }
    }
    return in;
  }
}
