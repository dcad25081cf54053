package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.op.ConvolutionShape;
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
}
