package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.Lattice.Window;
import io.github.deit4j.cpu.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@link Convolution} in bands of rows. A task takes one group of a band out of the map, eight
 * channels of a pixel together, surrounded by zeros and with a plane for each phase of the stride;
 * in these planes pixels that follow each other need numbers that follow each other, across the
 * ends of rows too, so that whole tiles can be computed and what lies between rows left behind.
 */
final class VectorConvolution implements Convolution {
  private static final int LANES = ConvolutionTiles.LANES;
  private static final int PIXELS = ConvolutionTiles.PIXELS;
  private static final int PAIRS = ConvolutionTiles.PAIRS;

  /** Points of a band: its planes fit the second-level cache. */
  private static final int BAND_POINTS = 2048;

  private static final int TASKS_PER_THREAD = 4;

  @Override
  public void forward(
      Workers workers, MemorySegment y, MemorySegment x, MemorySegment w, Sizes sizes) {
    Grid grid = Grid.ofOutput(sizes);
    Pairs pairs = new Pairs();
    for (int row = 0; row < sizes.kernel(); row++) {
      for (int column = 0; column < sizes.kernel(); column++) {
        for (int i = 0; i < sizes.groupIn(); i++) {
          pairs.add(outputOffset(sizes, grid, row, column, i), row, column, i);
        }
      }
    }
    float[] weights = pairs.outputWeights(w, sizes);
    Pass pass = new Pass(0, 0, pairs.offsets(), weights);
    run(workers, y, x, new Plan(sizes, grid, input(sizes), output(sizes, 0), List.of(pass)));
  }

  @Override
  public void inputGradient(
      Workers workers, MemorySegment dx, MemorySegment dy, MemorySegment w, Sizes sizes) {
    Grid grid = Grid.ofInput(sizes);
    List<Pass> passes = new ArrayList<>();
    for (int a = 0; a < sizes.stride(); a++) {
      for (int b = 0; b < sizes.stride(); b++) {
        passes.add(inputPass(w, sizes, grid, a, b));
      }
    }
    Side target = new Side(inputLattice(sizes), sizes.groupIn(), 1);
    run(workers, dx, dy, new Plan(sizes, grid, output(sizes, grid.margin), target, passes));
  }

  /** The taps that connect one phase of the input with outputs. */
  private static Pass inputPass(MemorySegment w, Sizes sizes, Grid grid, int a, int b) {
    int stride = sizes.stride();
    Pairs pairs = new Pairs();
    for (int row = a; row < sizes.kernel(); row += stride) {
      for (int column = b; column < sizes.kernel(); column += stride) {
        for (int o = 0; o < sizes.groupOut(); o++) {
          int down = grid.margin - row / stride;
          int right = grid.margin - column / stride;
          pairs.add(grid.offset(o / LANES, down, right, o % LANES), row, column, o);
        }
      }
    }
    return new Pass(a, b, pairs.offsets(), pairs.inputWeights(w, sizes));
  }

  private static int outputOffset(Sizes sizes, Grid grid, int row, int column, int i) {
    int stride = sizes.stride();
    int phases = phases(sizes);
    int plane = (i / LANES * phases + row % stride) * phases + column % stride;
    return grid.offset(plane, row / stride, column / stride, i % LANES);
  }

  private static int phases(Sizes sizes) {
    return Math.min(sizes.stride(), sizes.kernel());
  }

  private static Lattice inputLattice(Sizes sizes) {
    return new Lattice(sizes.height(), sizes.width(), sizes.in(), sizes.stride(), sizes.padding());
  }

  private static Side input(Sizes sizes) {
    return new Side(inputLattice(sizes), sizes.groupIn(), phases(sizes));
  }

  private static Side output(Sizes sizes, int front) {
    Lattice lattice = new Lattice(sizes.outHeight(), sizes.outWidth(), sizes.out(), 1, front);
    return new Side(lattice, sizes.groupOut(), 1);
  }

  private static int ceilDiv(int size, int part) {
    return (size + part - 1) / part;
  }

  private static void run(Workers workers, MemorySegment to, MemorySegment from, Plan plan) {
    int groups = plan.sizes.groups();
    int bands = plan.grid.bands();
    workers.run(
        plan.sizes.images() * bands * groups,
        (task, scratch) -> {
          int image = task / groups / bands;
          plan.band(to, from, image, task / groups % bands, task % groups, scratch);
        });
  }

  /**
   * The points of a phase that are computed together.
   *
   * @param rows rows of points
   * @param columns columns of points
   * @param margin how many points further right or below the taps of a point reach
   */
  private record Grid(int rows, int columns, int margin) {
    static Grid ofOutput(Sizes sizes) {
      return new Grid(sizes.outHeight(), sizes.outWidth(), (sizes.kernel() - 1) / sizes.stride());
    }

    static Grid ofInput(Sizes sizes) {
      return new Grid(
          (sizes.height() - 1 + sizes.padding()) / sizes.stride() + 1,
          (sizes.width() - 1 + sizes.padding()) / sizes.stride() + 1,
          (sizes.kernel() - 1) / sizes.stride());
    }

    int rowPoints() {
      return columns + margin;
    }

    int bandRows() {
      return Math.clamp(BAND_POINTS / rowPoints(), 1, rows);
    }

    int bands() {
      return ceilDiv(rows, bandRows());
    }

    int rowsOfBand(int band) {
      return Math.min(bandRows(), rows - band * bandRows());
    }

    /** Floats of a plane of the input of a band. */
    int plane() {
      return LANES * (bandRows() + margin) * rowPoints();
    }

    int offset(int plane, int down, int right, int lane) {
      return plane * plane() + LANES * (down * rowPoints() + right) + lane;
    }
  }

  /** A map as source or target: the channels of one of its groups, and planes per eight. */
  private record Side(Lattice lattice, int groupChannels, int phases) {
    int chunks() {
      return ceilDiv(groupChannels, LANES);
    }

    int lanes(int chunk) {
      return Math.min(LANES, groupChannels - chunk * LANES);
    }

    /** Takes one group of a band out of the map. */
    float[] read(MemorySegment map, Grid grid, int image, int band, int group, Scratch scratch) {
      int rows = grid.rowsOfBand(band) + grid.margin;
      int planes = chunks() * phases * phases;
      // The last tile reads on behind the last point.
      int slack = LANES * (PIXELS + grid.margin);
      float[] in = scratch.array(Slot.CONVOLUTION_INPUT, planes * grid.plane() + slack);
      int at = 0;
      for (int chunk = 0; chunk < chunks(); chunk++) {
        int channel = group * groupChannels + chunk * LANES;
        for (int a = 0; a < phases; a++) {
          for (int b = 0; b < phases; b++) {
            Window window = new Window(a, b, band * grid.bandRows(), rows, grid.rowPoints());
            lattice.read(map, image, window, channel, lanes(chunk), in, at, grid.rowPoints());
            at += grid.plane();
          }
        }
      }
      return in;
    }
  }

  /** One phase (a, b) of the target: where the numbers of its pairs lie, and their weights. */
  private record Pass(int a, int b, int[] offsets, float[] weights) {}

  /** Pairs in the order of the chains. */
  private static final class Pairs {
    private final List<int[]> all = new ArrayList<>();

    void add(int offset, int tapRow, int tapColumn, int channel) {
      all.add(new int[] {offset, tapRow, tapColumn, channel});
    }

    int[] offsets() {
      return all.stream().mapToInt(pair -> pair[0]).toArray();
    }

    /** Weights as [group][eight output channels][pair][8]. */
    float[] outputWeights(MemorySegment w, Sizes sizes) {
      return weights(
          sizes.groups(),
          sizes.groupOut(),
          (group, lane, pair) ->
              w.getAtIndex(
                  JAVA_FLOAT,
                  sizes.weight(group * sizes.groupOut() + lane, pair[3], pair[1], pair[2])));
    }

    /** Weights as [group][eight input channels][pair][8]. */
    float[] inputWeights(MemorySegment w, Sizes sizes) {
      return weights(
          sizes.groups(),
          sizes.groupIn(),
          (group, lane, pair) ->
              w.getAtIndex(
                  JAVA_FLOAT,
                  sizes.weight(group * sizes.groupOut() + pair[3], lane, pair[1], pair[2])));
    }

    @FunctionalInterface
    private interface Weight {
      float of(int group, int lane, int[] pair);
    }

    private float[] weights(int groups, int channels, Weight weight) {
      int chunks = ceilDiv(channels, LANES);
      float[] packed = new float[groups * chunks * all.size() * LANES];
      int at = 0;
      for (int group = 0; group < groups; group++) {
        for (int chunk = 0; chunk < chunks; chunk++) {
          int lanes = Math.min(LANES, channels - chunk * LANES);
          for (int[] pair : all) {
            for (int lane = 0; lane < lanes; lane++) {
              packed[at + lane] = weight.of(group, chunk * LANES + lane, pair);
            }
            at += LANES;
          }
        }
      }
      return packed;
    }
  }

  /** A whole forward pass or input gradient. */
  private record Plan(Sizes sizes, Grid grid, Side source, Side target, List<Pass> passes) {
    void band(
        MemorySegment to, MemorySegment from, int image, int band, int group, Scratch scratch) {
      int rows = grid.rowsOfBand(band);
      int points = grid.rowPoints() * rows;
      float[] in = source.read(from, grid, image, band, group, scratch);
      float[] out = scratch.array(Slot.CONVOLUTION_OUTPUT, LANES * (points + PIXELS));
      for (Pass pass : passes) {
        int firstRow = band * grid.bandRows();
        Window window = new Window(pass.a, pass.b, firstRow, rows, grid.columns);
        int depth = pass.offsets.length;
        for (int chunk = 0; chunk < target.chunks(); chunk++) {
          int weights = (group * target.chunks() + chunk) * depth * LANES;
          for (int p = 0; p < LANES * points; p += LANES * PIXELS) {
            ConvolutionTiles.pixels(depth, in, p, pass.offsets, pass.weights, weights, out, p);
          }
          int channel = group * target.groupChannels + chunk * LANES;
          target.lattice.write(
              to, image, window, channel, target.lanes(chunk), out, grid.rowPoints());
        }
      }
    }
  }

  @Override
  public void weightGradient(
      Workers workers, MemorySegment dw, MemorySegment dy, MemorySegment x, Sizes sizes) {
    Grid grid = Grid.ofOutput(sizes);
    int depth = sizes.kernel() * sizes.kernel() * sizes.groupIn();
    int blocks = ceilDiv(depth, PAIRS);
    int[] offsets = new int[blocks * PAIRS];
    for (int k = 0; k < depth; k++) {
      int tap = k / sizes.groupIn();
      int row = tap / sizes.kernel();
      int column = tap % sizes.kernel();
      offsets[k] = outputOffset(sizes, grid, row, column, k % sizes.groupIn());
    }
    // Pairs that fill the last tile are computed for nothing.
    Arrays.fill(offsets, depth, offsets.length, offsets[depth - 1]);
    var gradient = new WeightGradient(sizes, grid, input(sizes), output(sizes, 0), depth, offsets);
    int chunks = sizes.groups() * gradient.output.chunks();
    int parts = Math.min(blocks, ceilDiv(TASKS_PER_THREAD * workers.threads(), chunks));
    int partBlocks = ceilDiv(blocks, parts);
    int tasks = ceilDiv(blocks, partBlocks);
    workers.run(
        chunks * tasks,
        (task, scratch) -> {
          int first = task % tasks * partBlocks;
          int last = Math.min(blocks, first + partBlocks);
          gradient.compute(dw, dy, x, task / tasks, first, last, scratch);
        });
  }

  /** The weight gradient; a task does some blocks of pairs for eight output channels. */
  private record WeightGradient(
      Sizes sizes, Grid grid, Side input, Side output, int depth, int[] offsets) {

    void compute(
        MemorySegment dw,
        MemorySegment dy,
        MemorySegment x,
        int chunkOfAll,
        int first,
        int last,
        Scratch scratch) {
      int group = chunkOfAll / output.chunks();
      int chunk = chunkOfAll % output.chunks();
      int channel = group * output.groupChannels + chunk * LANES;
      int lanes = output.lanes(chunk);
      float[] sums = scratch.array(Slot.CONVOLUTION_OUTPUT, last * PAIRS * LANES);
      move(dw, channel, lanes, first, last, sums, true);
      float[] gradient =
          scratch.array(Slot.CONVOLUTION_GRADIENT, LANES * grid.bandRows() * grid.columns);
      for (int image = 0; image < sizes.images(); image++) {
        for (int band = 0; band < grid.bands(); band++) {
          int rows = grid.rowsOfBand(band);
          Window window = new Window(0, 0, band * grid.bandRows(), rows, grid.columns);
          float[] in = input.read(x, grid, image, band, group, scratch);
          output.lattice.read(dy, image, window, channel, lanes, gradient, 0, grid.columns);
          for (int block = first; block < last; block++) {
            ConvolutionTiles.pairs(
                sums,
                block * PAIRS * LANES,
                in,
                offsets,
                block * PAIRS,
                LANES * grid.rowPoints(),
                gradient,
                rows,
                grid.columns);
          }
        }
      }
      move(dw, channel, lanes, first, last, sums, false);
    }

    /** Loads the chains' starts from the gradient, or stores their ends. */
    private void move(
        MemorySegment dw, int channel, int lanes, int first, int last, float[] sums, boolean load) {
      int in = sizes.groupIn();
      int kernel = sizes.kernel();
      for (int k = first * PAIRS; k < Math.min(depth, last * PAIRS); k++) {
        int tap = k / in;
        for (int lane = 0; lane < lanes; lane++) {
          long at = sizes.weight(channel + lane, k % in, tap / kernel, tap % kernel);
          if (load) {
            sums[k * LANES + lane] = dw.getAtIndex(JAVA_FLOAT, at);
          } else {
            dw.setAtIndex(JAVA_FLOAT, at, sums[k * LANES + lane]);
          }
        }
      }
    }
  }
}
