package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.conv.ConvolutionPlan.Grid;
import io.github.deit4j.cpu.conv.PhasePlanes.Chunks;
import io.github.deit4j.cpu.conv.PhasePlanes.Place;
import io.github.deit4j.cpu.conv.PhasePlanes.Window;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.op.ConvolutionOps.ConvolutionShape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@link ConvolutionKernel} in bands of rows. A task takes some groups of a band out of the feature
 * map, eight channels of a pixel together, surrounded by zeros and with a plane for each phase of
 * the stride; in these planes pixels that follow each other need numbers that follow each other,
 * across the ends of rows too, so that whole tiles can be computed and what lies between rows left
 * behind.
 */
public final class VectorConvolution implements ConvolutionKernel {
  private static final int LANES = ConvolutionTiles.LANES;
  private static final int PIXELS = ConvolutionTiles.PIXELS;
  private static final int PAIRS = ConvolutionTiles.PAIRS;
  private static final int TASKS_PER_THREAD = 4;

  /** One phase (a, b) of the target: where the numbers of its pairs lie, and their weights. */
  private record Pass(int a, int b, int[] offsets, float[] weights) {}

  @Override
  public void forward(
      Workers workers, MemorySegment y, MemorySegment x, MemorySegment w, ConvolutionShape shape) {
    ConvolutionPlan plan = outputPlan(shape, parts(workers, shape));
    float[] weights = ConvolutionWeights.pack(w, shape, false, 0, 0, 1);
    Pass pass = new Pass(0, 0, outputOffsets(shape, plan), weights);
    new Product(shape, plan, outputPlanes(shape, 0), shape.groupOut(), List.of(pass))
        .run(workers, y, x);
  }

  @Override
  public void inputGradient(
      Workers workers,
      MemorySegment dx,
      MemorySegment dy,
      MemorySegment w,
      ConvolutionShape shape) {
    Grid grid = Grid.ofInput(shape);
    PhasePlanes source = outputPlanes(shape, grid.margin());
    ConvolutionPlan plan =
        ConvolutionPlan.of(
            source, shape.groups(), shape.groupOut(), 1, grid, parts(workers, shape));
    int stride = shape.stride();
    List<Pass> passes = new ArrayList<>();
    for (int a = 0; a < stride; a++) {
      for (int b = 0; b < stride; b++) {
        float[] weights = ConvolutionWeights.pack(w, shape, true, a, b, stride);
        passes.add(new Pass(a, b, inputOffsets(shape, plan, a, b), weights));
      }
    }
    new Product(shape, plan, inputPlanes(shape), shape.groupIn(), passes).run(workers, dx, dy);
  }

  /** Parts of the groups that keep all threads busy where there are few images. */
  private static int parts(Workers workers, ConvolutionShape shape) {
    return Math.ceilDiv(TASKS_PER_THREAD * workers.threads(), Math.max(1, shape.images()));
  }

  private static ConvolutionPlan outputPlan(ConvolutionShape shape, int parts) {
    int phases = Math.min(shape.stride(), shape.kernel());
    return ConvolutionPlan.of(
        inputPlanes(shape), shape.groups(), shape.groupIn(), phases, Grid.ofOutput(shape), parts);
  }

  private static PhasePlanes inputPlanes(ConvolutionShape shape) {
    return new PhasePlanes(
        shape.height(), shape.width(), shape.in(), shape.stride(), shape.padding());
  }

  private static PhasePlanes outputPlanes(ConvolutionShape shape, int front) {
    return new PhasePlanes(shape.outHeight(), shape.outWidth(), shape.out(), 1, front);
  }

  /** Pairs of an output, over (tap row, tap column, input channel). */
  private static int[] outputOffsets(ConvolutionShape shape, ConvolutionPlan plan) {
    int stride = shape.stride();
    int[] offsets = new int[shape.kernel() * shape.kernel() * shape.groupIn()];
    int k = 0;
    for (int row = 0; row < shape.kernel(); row++) {
      for (int column = 0; column < shape.kernel(); column++) {
        for (int i = 0; i < shape.groupIn(); i++) {
          offsets[k++] =
              plan.offset(i, row % stride, column % stride, row / stride, column / stride);
        }
      }
    }
    return offsets;
  }

  /** Pairs of an input of phase (a, b), over (tap row, tap column, output channel). */
  private static int[] inputOffsets(ConvolutionShape shape, ConvolutionPlan plan, int a, int b) {
    int stride = shape.stride();
    int margin = plan.grid().margin();
    int rows = ConvolutionWeights.taps(shape.kernel(), a, stride);
    int columns = ConvolutionWeights.taps(shape.kernel(), b, stride);
    int[] offsets = new int[rows * columns * shape.groupOut()];
    int k = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        for (int o = 0; o < shape.groupOut(); o++) {
          offsets[k++] = plan.offset(o, 0, 0, margin - row, margin - column);
        }
      }
    }
    return offsets;
  }

  /**
   * The way from a source to a target.
   *
   * @param plan of the source
   * @param groupChannels channels of a group of the target
   */
  private record Product(
      ConvolutionShape shape,
      ConvolutionPlan plan,
      PhasePlanes target,
      int groupChannels,
      List<Pass> passes) {
    void run(Workers workers, MemorySegment to, MemorySegment from) {
      int parts = Math.ceilDiv(shape.groups(), plan.partGroups());
      int bands = plan.bands();
      workers.run(
          shape.images() * bands * parts,
          (task, scratch) -> {
            int image = task / parts / bands;
            int band = task / parts % bands;
            int group = task % parts * plan.partGroups();
            int count = Math.min(plan.partGroups(), shape.groups() - group);
            float[] in = plan.read(from, image, band, group, count, scratch);
            Chunks chunks = new Chunks(group * groupChannels, count, groupChannels);
            for (Pass pass : passes) {
              band(to, plan.window(image, pass.a, pass.b, band), chunks, in, pass, scratch);
            }
          });
    }

    private void band(
        MemorySegment to, Window window, Chunks chunks, float[] in, Pass pass, Scratch scratch) {
      int rowPoints = plan.grid().rowPoints();
      int points = LANES * window.rows() * rowPoints;
      int stride = points + LANES * (PIXELS + 2);
      int depth = pass.offsets.length;
      int firstChunk = chunks.first() / groupChannels * chunks.perGroup();
      float[] out = scratch.array(Slot.CONVOLUTION_OUTPUT, chunks.count() * stride);
      for (int chunk = 0; chunk < chunks.count(); chunk++) {
        int from = chunk / chunks.perGroup() * plan.groupFloats();
        int weights = (firstChunk + chunk) * depth * LANES;
        int at = chunk * stride;
        for (int p = 0; p < points; p += LANES * PIXELS) {
          ConvolutionTiles.pixels(
              depth, in, from + p, pass.offsets, pass.weights, weights, out, at + p);
        }
      }
      target.write(to, window, chunks, out, new Place(0, stride, rowPoints));
    }
  }

  @Override
  public void weightGradient(
      Workers workers,
      MemorySegment dw,
      MemorySegment dy,
      MemorySegment x,
      ConvolutionShape shape) {
    int wanted = TASKS_PER_THREAD * workers.threads();
    ConvolutionPlan plan = outputPlan(shape, wanted);
    int[] pairs = outputOffsets(shape, plan);
    int blocks = Math.ceilDiv(pairs.length, PAIRS);
    // Pairs that fill the last tile are computed for nothing.
    int[] offsets = Arrays.copyOf(pairs, blocks * PAIRS);
    Arrays.fill(offsets, pairs.length, offsets.length, pairs[pairs.length - 1]);
    PhasePlanes output = outputPlanes(shape, 0);
    var gradient = new WeightGradient(shape, plan, output, pairs.length, offsets, plan.points());
    int parts = Math.ceilDiv(shape.groups(), plan.partGroups());
    int perPart = Math.min(blocks, sharesOfPart(parts, workers.threads()));
    int partBlocks = Math.ceilDiv(blocks, perPart);
    int tasks = Math.ceilDiv(blocks, partBlocks);
    workers.run(
        parts * tasks,
        (task, scratch) -> {
          int group = task / tasks * plan.partGroups();
          int count = Math.min(plan.partGroups(), shape.groups() - group);
          int first = task % tasks * partBlocks;
          int last = Math.min(blocks, first + partBlocks);
          gradient.compute(dw, dy, x, group, count, first, last, scratch);
        });
  }

  /** Tasks for each part: each takes the part out of the feature map anew, so there are few. */
  private static int sharesOfPart(int parts, int threads) {
    return parts >= 2 * threads ? 1 : Math.ceilDiv(threads, parts);
  }

  /** The weight gradient; a task does some blocks of pairs of some groups. */
  private record WeightGradient(
      ConvolutionShape shape,
      ConvolutionPlan plan,
      PhasePlanes output,
      int depth,
      int[] offsets,
      int[] points) {

    void compute(
        MemorySegment dw,
        MemorySegment dy,
        MemorySegment x,
        int group,
        int groups,
        int first,
        int last,
        Scratch scratch) {
      Chunks chunks = new Chunks(group * shape.groupOut(), groups, shape.groupOut());
      boolean wholeTaps = shape.groupIn() % PAIRS == 0;
      int size = (last - first) * PAIRS * LANES;
      float[] sums = scratch.array(Slot.CONVOLUTION_OUTPUT, chunks.count() * size);
      move(dw, chunks, first, last, sums, true);
      int columns = plan.grid().columns();
      int stride = LANES * (plan.bandRows() * columns + 2);
      float[] gradient = scratch.array(Slot.CONVOLUTION_GRADIENT, chunks.count() * stride);
      for (int image = 0; image < shape.images(); image++) {
        for (int band = 0; band < plan.bands(); band++) {
          Window window = plan.window(image, 0, 0, band);
          int pixels = window.rows() * columns;
          float[] in = plan.read(x, image, band, group, groups, scratch);
          output.read(dy, window, chunks, gradient, new Place(0, stride, columns));
          for (int chunk = 0; chunk < chunks.count(); chunk++) {
            int from = chunk / chunks.perGroup() * plan.groupFloats();
            for (int block = first; block < last; block++) {
              int to = chunk * size + (block - first) * PAIRS * LANES;
              int pair = block * PAIRS;
              int dyAt = chunk * stride;
              if (wholeTaps) {
                int channel = from + offsets[pair];
                ConvolutionTiles.channels(sums, to, in, channel, points, gradient, dyAt, pixels);
              } else {
                ConvolutionTiles.pairs(
                    sums, to, in, from, offsets, pair, points, gradient, dyAt, pixels);
              }
            }
          }
        }
      }
      move(dw, chunks, first, last, sums, false);
    }

    /** Loads the chains' starts from the gradient, or stores their ends. */
    private void move(
        MemorySegment dw, Chunks chunks, int first, int last, float[] sums, boolean load) {
      int in = shape.groupIn();
      int kernel = shape.kernel();
      int size = (last - first) * PAIRS * LANES;
      for (int chunk = 0; chunk < chunks.count(); chunk++) {
        for (int k = first * PAIRS; k < Math.min(depth, last * PAIRS); k++) {
          int tap = k / in;
          for (int lane = 0; lane < chunks.lanes(chunk); lane++) {
            int out = chunks.channel(chunk) + lane;
            long at = shape.weight(out, k % in, tap / kernel, tap % kernel);
            int sum = chunk * size + (k - first * PAIRS) * LANES + lane;
            if (load) {
              sums[sum] = dw.getAtIndex(JAVA_FLOAT, at);
            } else {
              dw.setAtIndex(JAVA_FLOAT, at, sums[sum]);
            }
          }
        }
      }
    }
  }
}
