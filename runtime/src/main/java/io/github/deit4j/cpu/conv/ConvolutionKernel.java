package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.op.ConvolutionOps.ConvolutionShape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The grouped two-dimensional convolution without bias, on feature maps with channels last.
 *
 * <p>Each number is one chain of fused multiply-adds; taps outside the image count as zeros, chains
 * start from 0 unless said otherwise, and end with the channels of a group. Output: over (tap row,
 * tap column, input channel). Input gradient: over (tap row, tap column, output channel) of the
 * outputs that saw the input. Weight gradient: over (image, output row, output column).
 */
public interface ConvolutionKernel {
  /**
   * {@code y = convolution(x, w)}.
   *
   * @param y [images, outHeight, outWidth, out]
   * @param x [images, height, width, in]
   * @param w [out, groupIn, kernel, kernel]
   */
  void forward(
      Workers workers, MemorySegment y, MemorySegment x, MemorySegment w, ConvolutionShape shape);

  /** {@code dx} = the gradient of x; inputs that no output saw get 0. */
  void inputGradient(
      Workers workers, MemorySegment dx, MemorySegment dy, MemorySegment w, ConvolutionShape shape);

  /** {@code dw +=} the gradient of w: chains start from what is there. */
  void weightGradient(
      Workers workers, MemorySegment dw, MemorySegment dy, MemorySegment x, ConvolutionShape shape);

  /**
   * Returns a case of each op, of up to {@code rows} outputs in each direction, and some channels.
   */
  static List<KernelCase<ConvolutionKernel>> cases(int rows, int width, RandomGenerator random) {
    int groups = random.nextInt(1, 4);
    int kernel = random.nextInt(1, 5);
    int height = kernel + random.nextInt(rows);
    int columns = kernel + random.nextInt(rows);
    int in = groups * random.nextInt(1, width / groups + 2);
    int out = groups * random.nextInt(1, width / groups + 2);
    int stride = random.nextInt(1, 4);
    int images = random.nextInt(1, 4);
    return cases(
        Workers.SERIAL,
        new ConvolutionShape(images, height, columns, in, out, kernel, stride, groups));
  }

  /** Returns a case of each op. */
  static List<KernelCase<ConvolutionKernel>> cases(Workers workers, ConvolutionShape shape) {
    long in = (long) shape.images() * shape.height() * shape.width() * shape.in();
    long out = (long) shape.images() * shape.outHeight() * shape.outWidth() * shape.out();
    long w = (long) shape.out() * shape.groupIn() * shape.kernel() * shape.kernel();
    return List.of(
        KernelCase.<ConvolutionKernel>whole("convolution", out, in, w)
            .call((k, x, f, from, to) -> k.forward(workers, x[0], x[1], x[2], shape)),
        KernelCase.<ConvolutionKernel>whole("convolutionInputGradient", in, out, w)
            .call((k, x, f, from, to) -> k.inputGradient(workers, x[0], x[1], x[2], shape)),
        KernelCase.<ConvolutionKernel>whole("convolutionWeightGradient", w, out, in)
            .call((k, x, f, from, to) -> k.weightGradient(workers, x[0], x[1], x[2], shape)));
  }

  /** The specification. */
  final class ScalarConvolution implements ConvolutionKernel {
    @Override
    public void forward(
        Workers workers,
        MemorySegment y,
        MemorySegment x,
        MemorySegment w,
        ConvolutionShape shape) {
      Map output = new Map(y, shape.outHeight(), shape.outWidth(), shape.out());
      Map input = new Map(x, shape.height(), shape.width(), shape.in());
      workers.run(
          shape.images() * shape.outHeight(),
          (index, scratch) -> {
            int image = index / shape.outHeight();
            int row = index % shape.outHeight();
            for (int column = 0; column < shape.outWidth(); column++) {
              for (int o = 0; o < shape.out(); o++) {
                output.set(image, row, column, o, output(input, w, shape, image, row, column, o));
              }
            }
          });
    }

    private static float output(
        Map input, MemorySegment w, ConvolutionShape shape, int image, int row, int column, int o) {
      int firstChannel = o / shape.groupOut() * shape.groupIn();
      float chain = 0;
      for (int tapRow = 0; tapRow < shape.kernel(); tapRow++) {
        for (int tapColumn = 0; tapColumn < shape.kernel(); tapColumn++) {
          int r = row * shape.stride() + tapRow - shape.padding();
          int c = column * shape.stride() + tapColumn - shape.padding();
          for (int i = 0; i < shape.groupIn(); i++) {
            float weight = w.getAtIndex(JAVA_FLOAT, shape.weight(o, i, tapRow, tapColumn));
            chain = Math.fma(input.get(image, r, c, firstChannel + i), weight, chain);
          }
        }
      }
      return chain;
    }

    @Override
    public void inputGradient(
        Workers workers,
        MemorySegment dx,
        MemorySegment dy,
        MemorySegment w,
        ConvolutionShape shape) {
      Map input = new Map(dx, shape.height(), shape.width(), shape.in());
      Map output = new Map(dy, shape.outHeight(), shape.outWidth(), shape.out());
      workers.run(
          shape.images() * shape.height(),
          (index, scratch) -> {
            int image = index / shape.height();
            int row = index % shape.height();
            for (int column = 0; column < shape.width(); column++) {
              for (int i = 0; i < shape.in(); i++) {
                input.set(image, row, column, i, input(output, w, shape, image, row, column, i));
              }
            }
          });
    }

    private static float input(
        Map output,
        MemorySegment w,
        ConvolutionShape shape,
        int image,
        int row,
        int column,
        int i) {
      int group = i / shape.groupIn();
      float chain = 0;
      for (int tapRow = 0; tapRow < shape.kernel(); tapRow++) {
        for (int tapColumn = 0; tapColumn < shape.kernel(); tapColumn++) {
          int r = row + shape.padding() - tapRow;
          int c = column + shape.padding() - tapColumn;
          if (r % shape.stride() != 0 || c % shape.stride() != 0) {
            continue; // this tap of no output lies here
          }
          for (int k = 0; k < shape.groupOut(); k++) {
            int o = group * shape.groupOut() + k;
            long at = shape.weight(o, i % shape.groupIn(), tapRow, tapColumn);
            float gradient = output.get(image, r / shape.stride(), c / shape.stride(), o);
            chain = Math.fma(gradient, w.getAtIndex(JAVA_FLOAT, at), chain);
          }
        }
      }
      return chain;
    }

    @Override
    public void weightGradient(
        Workers workers,
        MemorySegment dw,
        MemorySegment dy,
        MemorySegment x,
        ConvolutionShape shape) {
      Map input = new Map(x, shape.height(), shape.width(), shape.in());
      Map output = new Map(dy, shape.outHeight(), shape.outWidth(), shape.out());
      workers.run(
          shape.out() * shape.groupIn(),
          (index, scratch) -> {
            int o = index / shape.groupIn();
            int i = index % shape.groupIn();
            for (int tapRow = 0; tapRow < shape.kernel(); tapRow++) {
              for (int tapColumn = 0; tapColumn < shape.kernel(); tapColumn++) {
                long at = shape.weight(o, i, tapRow, tapColumn);
                float start = dw.getAtIndex(JAVA_FLOAT, at);
                float sum = weight(start, output, input, shape, o, i, tapRow, tapColumn);
                dw.setAtIndex(JAVA_FLOAT, at, sum);
              }
            }
          });
    }

    private static float weight(
        float start,
        Map output,
        Map input,
        ConvolutionShape shape,
        int o,
        int i,
        int tapRow,
        int tapColumn) {
      int channel = o / shape.groupOut() * shape.groupIn() + i;
      float chain = start;
      for (int image = 0; image < shape.images(); image++) {
        for (int row = 0; row < shape.outHeight(); row++) {
          for (int column = 0; column < shape.outWidth(); column++) {
            int r = row * shape.stride() + tapRow - shape.padding();
            int c = column * shape.stride() + tapColumn - shape.padding();
            float gradient = output.get(image, row, column, o);
            chain = Math.fma(input.get(image, r, c, channel), gradient, chain);
          }
        }
      }
      return chain;
    }

    /** Images with channels last, surrounded by zeros. */
    private record Map(MemorySegment memory, int height, int width, int channels) {
      float get(int image, int row, int column, int channel) {
        boolean inside = row >= 0 && row < height && column >= 0 && column < width;
        return inside ? memory.getAtIndex(JAVA_FLOAT, index(image, row, column, channel)) : 0f;
      }

      void set(int image, int row, int column, int channel, float value) {
        memory.setAtIndex(JAVA_FLOAT, index(image, row, column, channel), value);
      }

      private long index(int image, int row, int column, int channel) {
        return (((long) image * height + row) * width + column) * channels + channel;
      }
    }
  }
}
