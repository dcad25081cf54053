package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Workers;
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
   * The sizes of a convolution.
   *
   * @param images number of images
   * @param height rows of the input
   * @param width columns of the input
   * @param in input channels; a multiple of groups
   * @param out output channels; a multiple of groups
   * @param kernel rows and columns of taps
   * @param stride input rows and columns between two outputs
   * @param padding rows and columns of zeros around the input; below kernel
   * @param groups parts into which the channels fall; each output sees the inputs of its part
   */
  record Sizes(
      int images,
      int height,
      int width,
      int in,
      int out,
      int kernel,
      int stride,
      int padding,
      int groups) {

    /** Returns the rows of the output. */
    public int outHeight() {
      return (height + 2 * padding - kernel) / stride + 1;
    }

    /** Returns the columns of the output. */
    public int outWidth() {
      return (width + 2 * padding - kernel) / stride + 1;
    }

    int groupIn() {
      return in / groups;
    }

    int groupOut() {
      return out / groups;
    }

    long weight(int outChannel, int inChannelOfGroup, int tapRow, int tapColumn) {
      return (((long) outChannel * groupIn() + inChannelOfGroup) * kernel + tapRow) * kernel
          + tapColumn;
    }
  }

  /**
   * {@code y = convolution(x, w)}.
   *
   * @param y [images, outHeight, outWidth, out]
   * @param x [images, height, width, in]
   * @param w [out, groupIn, kernel, kernel]
   */
  void forward(Workers workers, MemorySegment y, MemorySegment x, MemorySegment w, Sizes sizes);

  /** {@code dx} = the gradient of x; inputs that no output saw get 0. */
  void inputGradient(
      Workers workers, MemorySegment dx, MemorySegment dy, MemorySegment w, Sizes sizes);

  /** {@code dw +=} the gradient of w: chains start from what is there. */
  void weightGradient(
      Workers workers, MemorySegment dw, MemorySegment dy, MemorySegment x, Sizes sizes);

  /**
   * Returns a case of each op, of up to {@code rows} outputs in each direction, and some channels.
   */
  static List<KernelCase<ConvolutionKernel>> cases(int rows, int width, RandomGenerator random) {
    int groups = random.nextInt(1, 4);
    int kernel = random.nextInt(1, 5);
    return cases(
        Workers.SERIAL,
        new Sizes(
            random.nextInt(1, 4),
            kernel + random.nextInt(rows),
            kernel + random.nextInt(rows),
            groups * random.nextInt(1, width / groups + 2),
            groups * random.nextInt(1, width / groups + 2),
            kernel,
            random.nextInt(1, 4),
            random.nextInt(kernel),
            groups));
  }

  /** Returns a case of each op. */
  static List<KernelCase<ConvolutionKernel>> cases(Workers workers, Sizes sizes) {
    long in = (long) sizes.images * sizes.height * sizes.width * sizes.in;
    long out = (long) sizes.images * sizes.outHeight() * sizes.outWidth() * sizes.out;
    long w = (long) sizes.out * sizes.groupIn() * sizes.kernel * sizes.kernel;
    return List.of(
        KernelCase.<ConvolutionKernel>whole("convolution", out, in, w)
            .call((k, x, f, from, to) -> k.forward(workers, x[0], x[1], x[2], sizes)),
        KernelCase.<ConvolutionKernel>whole("convolutionInputGradient", in, out, w)
            .call((k, x, f, from, to) -> k.inputGradient(workers, x[0], x[1], x[2], sizes)),
        KernelCase.<ConvolutionKernel>whole("convolutionWeightGradient", w, out, in)
            .call((k, x, f, from, to) -> k.weightGradient(workers, x[0], x[1], x[2], sizes)));
  }
}
