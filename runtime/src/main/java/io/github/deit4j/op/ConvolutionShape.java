package io.github.deit4j.op;

import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/**
 * The sizes of a convolution of {@link ConvolutionOps}: its input's [images, height, width, in],
 * its output channels, the rows and columns of taps, the input rows and columns between two
 * outputs, and the groups into which both kinds of channels fall.
 */
public record ConvolutionShape(
    int images, int height, int width, int in, int out, int kernel, int stride, int groups) {
  /**
   * Checks the operands and returns the sizes.
   *
   * @param y [images, outHeight, outWidth, out], or its gradient
   * @param x [images, height, width, in], or its gradient
   * @param w [out, in/groups, kernel, kernel], or its gradient
   * @throws io.github.deit4j.tensor.ShapeException if they do not go together
   */
  public static ConvolutionShape of(
      String op, Tensor y, Tensor x, Tensor w, int stride, int groups) {
    Checks.rank(op, "x", x, 4);
    Checks.rank(op, "w", w, 4);
    Shape input = x.shape();
    Shape weight = w.shape();
    int in = input.size(3);
    int out = weight.size(0);
    int kernel = weight.size(2);
    Checks.that(stride > 0 && groups > 0, op, "a stride and groups of 1 or more", w);
    Checks.that(
        kernel == weight.size(3) && out % groups == 0 && in == groups * weight.size(1),
        op,
        "square weights for %d input channels in %d groups".formatted(in, groups),
        w);
    var sizes =
        new ConvolutionShape(
            input.size(0), input.size(1), input.size(2), in, out, kernel, stride, groups);
    Checks.that(
        kernel > 0 && sizes.outHeight() > 0 && sizes.outWidth() > 0,
        op,
        "images no smaller than the weights",
        x);
    Checks.elements(op, "y", y, sizes.images, sizes.outHeight(), sizes.outWidth(), out);
    return sizes;
  }

  /** Returns the rows and columns of zeros on each side of the input. */
  public int padding() {
    return (kernel - 1) / 2;
  }

  /** Returns the rows of the output. */
  public int outHeight() {
    return (height + 2 * padding() - kernel) / stride + 1;
  }

  /** Returns the columns of the output. */
  public int outWidth() {
    return (width + 2 * padding() - kernel) / stride + 1;
  }

  /**
   * Returns whether every output sees all channels of one pixel, and every pixel is seen: a matrix
   * product.
   */
  public boolean isProduct() {
    return kernel == 1 && stride == 1 && groups == 1;
  }
}
