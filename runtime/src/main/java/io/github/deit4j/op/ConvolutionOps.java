package io.github.deit4j.op;

import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/**
 * Convolutions and the other ops on feature maps, which have their channels last, [B, height,
 * width, C]: a 1×1 convolution is a plain matrix product then, and all else goes through the
 * channels side by side. Weights keep PyTorch's layout. Activation gradients are overwritten,
 * parameter gradients are added to. A device's method has the op's name and takes the resolved
 * sizes first.
 */
public abstract class ConvolutionOps {
  private final OpRunner runner;

  /** Creates the family on the runner that does its ops. */
  protected ConvolutionOps(OpRunner runner) {
    this.runner = runner;
  }

  /** The sizes of a feature map: B, the pixels of an image, C. */
  public record MapSizes(int images, int pixels, int channels) {}

  /** {@code y[b, row, column, c] = x[b, c, row, column]}. */
  public final void channelsLast(Tensor y, Tensor x) {
    MapSizes sizes = layouts("channelsLast", y, x);
    runner.run("channelsLast", () -> channelsLast(sizes, y, x), y, x);
  }

  /** {@code y[b, c, row, column] = x[b, row, column, c]}: the gradient of {@link #channelsLast}. */
  public final void channelsFirst(Tensor y, Tensor x) {
    MapSizes sizes = layouts("channelsFirst", x, y);
    runner.run("channelsFirst", () -> channelsFirst(sizes, y, x), y, x);
  }

  private static MapSizes layouts(String op, Tensor last, Tensor first) {
    Checks.rank(op, "map with its channels first", first, 4);
    int images = first.shape().size(0);
    int channels = first.shape().size(1);
    int pixels = Math.multiplyExact(first.shape().size(2), first.shape().size(3));
    Checks.elements(op, "map with its channels last", last, images, pixels, channels);
    return new MapSizes(images, pixels, channels);
  }

  /**
   * Says that a weight of {@link #convolution} is used many times before it changes, as {@link
   * LinearOps#prepare} does for linear layers.
   *
   * @param w [out, in/groups, kernel, kernel]
   */
  public final void prepareConvolution(Tensor w) {
    Checks.rank("prepareConvolution", "w", w, 4);
    if (w.shape().size(2) == 1 && w.shape().size(3) == 1) {
      int out = w.shape().size(0);
      int in = w.shape().size(1);
      runner.run("prepareConvolution", () -> preparePointwise(w, out, in), w);
    }
  }

  /**
   * The sizes of a convolution: its input's [images, height, width, in], its output channels, the
   * rows and columns of taps, the input rows and columns between two outputs, and the groups into
   * which both kinds of channels fall.
   */
  public record ConvolutionShape(
      int images, int height, int width, int in, int out, int kernel, int stride, int groups) {
    /** Returns the input channels of a group. */
    public int groupIn() {
      return in / groups;
    }

    /** Returns the output channels of a group. */
    public int groupOut() {
      return out / groups;
    }

    /** Returns which of the weights a tap has from an input channel of its group to an output. */
    public long weight(int outChannel, int inChannelOfGroup, int tapRow, int tapColumn) {
      long row = ((long) outChannel * groupIn() + inChannelOfGroup) * kernel + tapRow;
      return row * kernel + tapColumn;
    }

    /**
     * Checks the operands and returns the sizes.
     *
     * @param y [images, outHeight, outWidth, out], or its gradient
     * @param x [images, height, width, in], or its gradient
     * @param w [out, in/groups, kernel, kernel], or its gradient
     * @throws io.github.deit4j.tensor.ShapeException if they do not go together
     */
    static ConvolutionShape of(String op, Tensor y, Tensor x, Tensor w, int stride, int groups) {
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
     * Returns whether every output sees all channels of one pixel, and every pixel is seen: a
     * matrix product.
     */
    public boolean isProduct() {
      return kernel == 1 && stride == 1 && groups == 1;
    }
  }

  /**
   * Grouped convolution without bias, surrounded by {@code (kernel − 1)/2} zeros on each side,
   * rounded down. {@code y[b, r, q, o]} is one chain from 0 over (tap row, tap column, input
   * channel of o's group) of {@code x[b, stride·r + tapRow − padding, stride·q + tapColumn −
   * padding, i] ·w[o, i, tapRow, tapColumn]}, taps outside counting as zeros.
   *
   * @param y [B, outHeight, outWidth, out] with {@code outHeight = (height + 2·padding −
   *     kernel)/stride + 1}, rounded down, and so on
   * @param x [B, height, width, in]
   * @param w [out, in/groups, kernel, kernel]; group g sees the g-th part of the input channels and
   *     makes the g-th part of the output channels
   */
  public final void convolution(Tensor y, Tensor x, Tensor w, int stride, int groups) {
    var shape = ConvolutionShape.of("convolution", y, x, w, stride, groups);
    runner.run("convolution", () -> convolution(shape, y, x, w), y, x, w, stride, groups);
  }

  /**
   * {@code dx} = the gradient of x: one chain from 0 per number over (tap row, tap column, output
   * channel).
   */
  public final void convolutionInputGradient(
      Tensor dx, Tensor dy, Tensor w, int stride, int groups) {
    String op = "convolutionInputGradient";
    var shape = ConvolutionShape.of(op, dy, dx, w, stride, groups);
    runner.run(op, () -> convolutionInputGradient(shape, dx, dy, w), dx, dy, w, stride, groups);
  }

  /** {@code dw +=} the gradient of w: one chain per number over (image, output row, column). */
  public final void convolutionWeightGradient(
      Tensor dw, Tensor dy, Tensor x, int stride, int groups) {
    String op = "convolutionWeightGradient";
    var shape = ConvolutionShape.of(op, dy, x, dw, stride, groups);
    runner.run(op, () -> convolutionWeightGradient(shape, dw, dy, x), dw, dy, x, stride, groups);
  }

  private static MapSizes perImage(String op, Tensor map, Tensor perChannel) {
    Checks.rank(op, "map", map, 4);
    int images = map.shape().size(0);
    int channels = map.shape().size(3);
    Checks.elements(op, "numbers per channel", perChannel, images, channels);
    Checks.that(map.elements() > 0, op, "images with pixels", map);
    return new MapSizes(
        images, Math.multiplyExact(map.shape().size(1), map.shape().size(2)), channels);
  }

  /**
   * {@code y} = the mean over an image's pixels: a float32 chain, times 1/pixels.
   *
   * @param y [B, C]
   * @param x [B, height, width, C]
   */
  public final void averagePool(Tensor y, Tensor x) {
    MapSizes sizes = perImage("averagePool", x, y);
    runner.run("averagePool", () -> averagePool(sizes, y, x), y, x);
  }

  /** {@code dx = base + dy/pixels} for each of an image's pixels; base may be dx. */
  public final void averagePoolBackward(Tensor dx, Tensor base, Tensor dy) {
    String op = "averagePoolBackward";
    MapSizes sizes = perImage(op, dx, dy);
    Checks.elements(op, "base", base, dx.elements());
    runner.run(op, () -> averagePoolBackward(sizes, dx, base, dy), dx, base, dy);
  }

  /**
   * {@code y[b, row, column, c] = x[b, row, column, c]·s[b, c]}: the last step of
   * squeeze-and-excitation (Hu et al. 2018).
   *
   * @param s [B, C]
   */
  public final void scaleChannels(Tensor y, Tensor x, Tensor s) {
    String op = "scaleChannels";
    MapSizes sizes = perImage(op, x, s);
    Checks.elements(op, "y", y, x.elements());
    runner.run(op, () -> scaleChannels(sizes, y, x, s), y, x, s);
  }

  /** {@code dx = dy·s}, {@code ds} = Σ dy·x over an image's pixels. */
  public final void scaleChannelsBackward(Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s) {
    String op = "scaleChannelsBackward";
    MapSizes sizes = perImage(op, x, s);
    Checks.elements(op, "dx", dx, x.elements());
    Checks.elements(op, "dy", dy, x.elements());
    Checks.elements(op, "ds", ds, s.elements());
    runner.run(op, () -> scaleChannelsBackward(sizes, dx, ds, dy, x, s), dx, ds, dy, x, s);
  }

  protected abstract void channelsLast(MapSizes sizes, Tensor y, Tensor x);

  protected abstract void channelsFirst(MapSizes sizes, Tensor y, Tensor x);

  /** Keeps the weight of a 1×1 convolution in another layout too, if that helps. */
  protected void preparePointwise(Tensor w, int out, int in) {}

  protected abstract void convolution(ConvolutionShape shape, Tensor y, Tensor x, Tensor w);

  protected abstract void convolutionInputGradient(
      ConvolutionShape shape, Tensor dx, Tensor dy, Tensor w);

  protected abstract void convolutionWeightGradient(
      ConvolutionShape shape, Tensor dw, Tensor dy, Tensor x);

  protected abstract void averagePool(MapSizes sizes, Tensor y, Tensor x);

  protected abstract void averagePoolBackward(MapSizes sizes, Tensor dx, Tensor base, Tensor dy);

  protected abstract void scaleChannels(MapSizes sizes, Tensor y, Tensor x, Tensor s);

  protected abstract void scaleChannelsBackward(
      MapSizes sizes, Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s);
}
