package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.PlainChains;
import io.github.deit4j.op.ConvolutionOps.ConvolutionShape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link ConvolutionKernel} in plain loops over arrays, where the machine or the JVM has nothing
 * for {@link VectorConvolution}. A task lays the factors of a band of rows out, so that chains
 * which stand side by side need numbers that stand side by side: those of all pixels for an output
 * or an input gradient, those of all weights of an output channel for a weight gradient. {@link
 * PlainChains} does the arithmetic.
 */
public final class PlainConvolution implements ConvolutionKernel {
  /**
   * Factors that a task lays out, if a row of pixels has no more: what a second-level cache holds.
   */
  private static final int FACTORS = 1 << 16;

  private static final int TASKS_PER_THREAD = 4;

  /** A feature map. */
  private record FeatureMap(
      MemorySegment memory, int height, int width, int channels, int groupChannels) {
    static FeatureMap input(MemorySegment memory, ConvolutionShape shape) {
      return new FeatureMap(memory, shape.height(), shape.width(), shape.in(), shape.groupIn());
    }

    static FeatureMap output(MemorySegment memory, ConvolutionShape shape) {
      return new FeatureMap(
          memory, shape.outHeight(), shape.outWidth(), shape.out(), shape.groupOut());
    }

    long index(int image, int row, int column, int channel) {
      return (((long) image * height + row) * width + column) * channels + channel;
    }

    /** Returns some rows of some channels, each channel a plane. */
    float[][] planes(int image, int channel, int count, int row, int rows) {
      float[][] planes = new float[count][rows * width];
      long at = index(image, row, 0, channel);
      for (int p = 0; p < rows * width; p++) {
        for (int c = 0; c < count; c++) {
          planes[c][p] = memory.getAtIndex(JAVA_FLOAT, at + c);
        }
        at += channels;
      }
      return planes;
    }
  }

  /** A tap of the kernel, and where what it sees lies, seen from the target's place. */
  private record Tap(int row, int column, int down, int right) {}

  /** Says which weight goes from a channel of the source's group to one of the target. */
  @FunctionalInterface
  private interface Weights {
    float get(int targetChannel, int sourceChannelOfGroup, Tap tap);
  }

  @Override
  public void forward(
      Workers workers, MemorySegment y, MemorySegment x, MemorySegment w, ConvolutionShape shape) {
    List<Tap> taps = new ArrayList<>();
    for (int row = 0; row < shape.kernel(); row++) {
      for (int column = 0; column < shape.kernel(); column++) {
        taps.add(new Tap(row, column, row - shape.padding(), column - shape.padding()));
      }
    }
    Weights weights =
        (o, i, tap) -> w.getAtIndex(JAVA_FLOAT, shape.weight(o, i, tap.row, tap.column));
    var to = FeatureMap.output(y, shape);
    var from = FeatureMap.input(x, shape);
    float[][] rows = rows(workers, to, from, taps, weights);
    new Product(to, from, 0, 0, 1, shape.stride(), taps, rows).run(workers, shape);
  }

  /** Inputs whose rows and columns leave the same rest by the stride are seen by the same taps. */
  @Override
  public void inputGradient(
      Workers workers,
      MemorySegment dx,
      MemorySegment dy,
      MemorySegment w,
      ConvolutionShape shape) {
    int stride = shape.stride();
    Weights weights =
        (i, k, tap) -> {
          int o = i / shape.groupIn() * shape.groupOut() + k;
          long at = shape.weight(o, i % shape.groupIn(), tap.row, tap.column);
          return w.getAtIndex(JAVA_FLOAT, at);
        };
    var to = FeatureMap.input(dx, shape);
    var from = FeatureMap.output(dy, shape);
    for (int a = 0; a < Math.min(stride, shape.height()); a++) {
      for (int b = 0; b < Math.min(stride, shape.width()); b++) {
        List<Tap> taps = new ArrayList<>();
        for (int row = 0; row < shape.kernel(); row++) {
          for (int column = 0; column < shape.kernel(); column++) {
            int down = a + shape.padding() - row;
            int right = b + shape.padding() - column;
            if (down % stride == 0 && right % stride == 0) {
              taps.add(new Tap(row, column, down / stride, right / stride));
            }
          }
        }
        float[][] rows = rows(workers, to, from, taps, weights);
        new Product(to, from, a, b, stride, 1, taps, rows).run(workers, shape);
      }
    }
  }

  /** Returns a row for each channel of the target, over (tap, channel of the source's group). */
  private static float[][] rows(
      Workers workers, FeatureMap to, FeatureMap from, List<Tap> taps, Weights weights) {
    float[][] rows = new float[to.channels][taps.size() * from.groupChannels];
    workers.run(
        to.channels,
        (channel, scratch) -> {
          float[] row = rows[channel];
          for (int k = 0; k < row.length; k++) {
            Tap tap = taps.get(k / from.groupChannels);
            row[k] = weights.get(channel, k % from.groupChannels, tap);
          }
        });
    return rows;
  }

  /**
   * The way from a source to the target's places (row + i·step, column + j·step), which see the
   * source from (i·sourceStep, j·sourceStep).
   */
  private record Product(
      FeatureMap to,
      FeatureMap from,
      int row,
      int column,
      int step,
      int sourceStep,
      List<Tap> taps,
      float[][] weights) {

    void run(Workers workers, ConvolutionShape shape) {
      int rows = Math.ceilDiv(to.height - row, step);
      int columns = Math.ceilDiv(to.width - column, step);
      int depth = Math.max(1, taps.size() * from.groupChannels);
      int bandRows = Math.clamp(FACTORS / ((long) depth * columns), 1, rows);
      int bands = Math.ceilDiv(rows, bandRows);
      workers.run(
          Math.multiplyExact(shape.images() * bands, shape.groups()),
          (task, scratch) -> {
            int group = task % shape.groups();
            int band = task / shape.groups() % bands;
            int image = task / shape.groups() / bands;
            int first = band * bandRows;
            band(image, group, first, Math.min(bandRows, rows - first), columns);
          });
    }

    private void band(int image, int group, int first, int rows, int columns) {
      float[][] factors = factors(image, group, first, rows, columns);
      int last = (group + 1) * to.groupChannels - 1;
      for (int channel = group * to.groupChannels; channel <= last; channel += 2) {
        float[] chains = new float[rows * columns];
        float[] next = new float[rows * columns];
        PlainChains.advance(
            chains, next, weights[channel], weights[Math.min(channel + 1, last)], factors);
        write(image, channel, first, columns, chains);
        if (channel < last) {
          write(image, channel + 1, first, columns, next);
        }
      }
    }

    /**
     * Returns what each tap sees of each channel, a row of all pixels; zeros outside the source.
     */
    private float[][] factors(int image, int group, int first, int rows, int columns) {
      float[][] factors = new float[taps.size() * from.groupChannels][rows * columns];
      if (taps.isEmpty()) {
        return factors;
      }
      int above = taps.stream().mapToInt(Tap::down).min().getAsInt();
      int below = taps.stream().mapToInt(Tap::down).max().getAsInt();
      int low = Math.clamp((long) first * sourceStep + above, 0, from.height);
      int high = Math.clamp((first + rows - 1L) * sourceStep + below + 1, low, from.height);
      int channels = from.groupChannels;
      float[][] planes = from.planes(image, group * channels, channels, low, high - low);
      for (int k = 0; k < factors.length; k++) {
        Tap tap = taps.get(k / from.groupChannels);
        float[] plane = planes[k % from.groupChannels];
        int from0 = Math.max(0, Math.ceilDiv(-tap.right, sourceStep));
        int count = Math.min(columns, Math.ceilDiv(from.width - tap.right, sourceStep)) - from0;
        for (int i = 0; i < rows; i++) {
          int sourceRow = (first + i) * sourceStep + tap.down;
          if (sourceRow >= low && sourceRow < high && count > 0) {
            int at = (sourceRow - low) * from.width + from0 * sourceStep + tap.right;
            copy(plane, at, sourceStep, factors[k], i * columns + from0, count);
          }
        }
      }
      return factors;
    }

    private static void copy(float[] plane, int at, int step, float[] factors, int to, int count) {
      if (step == 1) {
        System.arraycopy(plane, at, factors, to, count);
        return;
      }
      for (int j = 0; j < count; j++) {
        factors[to + j] = plane[at + j * step];
      }
    }

    private void write(int image, int channel, int first, int columns, float[] chains) {
      for (int p = 0; p < chains.length; p += columns) {
        long at = to.index(image, row + (first + p / columns) * step, column, channel);
        for (int j = 0; j < columns; j++) {
          to.memory.setAtIndex(JAVA_FLOAT, at, chains[p + j]);
          at += (long) step * to.channels;
        }
      }
    }
  }

  @Override
  public void weightGradient(
      Workers workers,
      MemorySegment dw,
      MemorySegment dy,
      MemorySegment x,
      ConvolutionShape shape) {
    int most = Math.ceilDiv(shape.groupOut(), 2);
    int parts = Math.clamp(TASKS_PER_THREAD * workers.threads() / shape.groups(), 1, most);
    int size = 2 * Math.ceilDiv(most, parts);
    int tasks = Math.ceilDiv(shape.groupOut(), size);
    var input = FeatureMap.input(x, shape);
    var output = FeatureMap.output(dy, shape);
    workers.run(
        shape.groups() * tasks,
        (task, scratch) -> {
          int end = (task / tasks + 1) * shape.groupOut();
          int first = task / tasks * shape.groupOut() + task % tasks * size;
          new WeightGradient(dw, output, input, shape, first, Math.min(size, end - first)).add();
        });
  }

  /** The gradient of the weights of some output channels of a group. */
  private record WeightGradient(
      MemorySegment dw,
      FeatureMap output,
      FeatureMap input,
      ConvolutionShape shape,
      int first,
      int count) {

    void add() {
      int depth = shape.kernel() * shape.kernel() * shape.groupIn();
      float[][] chains = new float[count + count % 2][depth];
      move(chains, true);
      int bandRows =
          Math.clamp(FACTORS / ((long) depth * output.width), 1, Math.max(1, output.height));
      for (int image = 0; image < shape.images(); image++) {
        for (int row = 0; row < output.height; row += bandRows) {
          int rows = Math.min(bandRows, output.height - row);
          float[][] factors = factors(image, row, rows, depth);
          float[][] gradients = output.planes(image, first, count, row, rows);
          for (int o = 0; o < count; o += 2) {
            float[] other = gradients[Math.min(o + 1, count - 1)];
            PlainChains.advance(chains[o], chains[o + 1], gradients[o], other, factors);
          }
        }
      }
      move(chains, false);
    }

    /** Returns for each pixel what all taps see, over (tap, input channel). */
    private float[][] factors(int image, int row, int rows, int depth) {
      int kernel = shape.kernel();
      int run = kernel * shape.groupIn();
      int step = shape.stride() * shape.groupIn();
      int columns = (output.width - 1) * shape.stride() + kernel;
      float[][] factors = new float[rows * output.width][depth];
      float[] line = new float[columns * shape.groupIn()];
      for (int i = 0; i < (rows - 1) * shape.stride() + kernel; i++) {
        int sourceRow = row * shape.stride() + i - shape.padding();
        if (sourceRow < 0 || sourceRow >= input.height) {
          continue;
        }
        fill(line, image, sourceRow, columns);
        // The rows of outputs that see this one, each by another row of taps.
        int last = Math.min(rows - 1, i / shape.stride());
        for (int r = last; r >= 0 && i - r * shape.stride() < kernel; r--) {
          int tap = (i - r * shape.stride()) * run;
          for (int column = 0; column < output.width; column++) {
            float[] to = factors[r * output.width + column];
            System.arraycopy(line, column * step, to, tap, run);
          }
        }
      }
      return factors;
    }

    /** Copies a row of the group's input, with the zeros on its sides. */
    private void fill(float[] line, int image, int row, int columns) {
      int channels = shape.groupIn();
      int channel = first / shape.groupOut() * channels;
      for (int j = 0; j < columns; j++) {
        int column = j - shape.padding();
        if (column >= 0 && column < input.width) {
          long at = input.index(image, row, column, channel);
          for (int c = 0; c < channels; c++) {
            line[j * channels + c] = input.memory.getAtIndex(JAVA_FLOAT, at + c);
          }
        }
      }
    }

    /** Loads the chains' starts from the gradient, or stores their ends. */
    private void move(float[][] chains, boolean load) {
      int in = shape.groupIn();
      int kernel = shape.kernel();
      for (int o = 0; o < count; o++) {
        for (int k = 0; k < chains[o].length; k++) {
          int tap = k / in;
          long at = shape.weight(first + o, k % in, tap / kernel, tap % kernel);
          if (load) {
            chains[o][k] = dw.getAtIndex(JAVA_FLOAT, at);
          } else {
            dw.setAtIndex(JAVA_FLOAT, at, chains[o][k]);
          }
        }
      }
    }
  }
}
