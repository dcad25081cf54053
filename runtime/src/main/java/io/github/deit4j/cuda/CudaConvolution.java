package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.KernelFile;
import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.op.ConvolutionShape;
import io.github.deit4j.tensor.Tensor;

/**
 * Convolutions and feature maps: products of whole maps by cuBLAS where every output sees one
 * pixel, else the kernels of convolution.cu, on tensor cores where BF16 is asked for.
 */
final class CudaConvolution extends ConvolutionOps {
  /** Lines and columns of a block's tile, and its threads, as in tiles.cuh. */
  private static final int TILE = 64;

  private static final int TILE_THREADS = 256;

  /** Blocks of a weight gradient that occupy a device; more make only more parts to add. */
  private static final int ENOUGH_BLOCKS = 512;

  /** Pixels that a part of a weight gradient should have. */
  private static final int PIXELS_PER_PART = 1024;

  private final Launcher launcher;
  private final KernelFile kernels;
  private final KernelFile channels;
  private final Products products;
  private final String suffix;

  CudaConvolution(Launcher launcher, Precision precision) {
    super(launcher);
    this.launcher = launcher;
    this.kernels = launcher.file("convolution");
    this.channels = launcher.file("channels");
    this.products = launcher.products();
    this.suffix = precision == Precision.BF16 ? "Bfloat16" : "";
  }

  private static Tensor pixels(Tensor map, int channels) {
    return map.reshape(Math.toIntExact(map.elements() / channels), channels);
  }

  private static Tensor matrix(Tensor w, ConvolutionShape shape) {
    return w.reshape(shape.out(), shape.in());
  }

  private void launch(String kernel, Grid grid, ConvolutionShape shape, Tensor... tensors) {
    kernels.launch(kernel + suffix, grid, Launcher.join(tensors, sizes(shape)));
  }

  private static Object[] sizes(ConvolutionShape shape) {
    return new Object[] {
      shape.images(),
      shape.height(),
      shape.width(),
      shape.in(),
      shape.out(),
      shape.kernel(),
      shape.stride(),
      shape.groups()
    };
  }

  private static Grid tiles(long lines, int columns, int layers) {
    int x = Math.toIntExact(Math.ceilDiv(lines, TILE));
    return new Grid(x, Math.ceilDiv(columns, TILE), layers, TILE_THREADS, 0);
  }

  @Override
  protected void convolution(ConvolutionShape shape, Tensor y, Tensor x, Tensor w) {
    if (y.elements() == 0) {
      return;
    }
    if (shape.isProduct()) {
      products.linear(pixels(y, shape.out()), pixels(x, shape.in()), matrix(w, shape), null);
    } else {
      Grid grid = tiles(y.elements() / shape.out(), shape.out() / shape.groups(), shape.groups());
      launch("convolution", grid, shape, y, x, w);
    }
  }

  @Override
  protected void convolutionInputGradient(ConvolutionShape shape, Tensor dx, Tensor dy, Tensor w) {
    if (dx.elements() == 0) {
      return;
    }
    if (shape.isProduct()) {
      products.inputGradient(pixels(dx, shape.in()), pixels(dy, shape.out()), matrix(w, shape));
    } else {
      Grid grid = tiles(dx.elements() / shape.in(), shape.in() / shape.groups(), shape.groups());
      launch("convolutionInputGradient", grid, shape, dx, dy, w);
    }
  }

  @Override
  protected void convolutionWeightGradient(ConvolutionShape shape, Tensor dw, Tensor dy, Tensor x) {
    if (dy.elements() == 0) {
      return;
    }
    if (shape.isProduct()) {
      products.weightGradient(matrix(dw, shape), pixels(dy, shape.out()), pixels(x, shape.in()));
      return;
    }
    int outputs = Math.toIntExact(dy.elements() / shape.out());
    int columns = Math.toIntExact(dw.elements() / shape.out());
    Grid one = tiles(shape.out() / shape.groups(), columns, shape.groups());
    int wanted = Math.ceilDiv(ENOUGH_BLOCKS, one.x() * one.y() * one.z());
    int parts = Math.min(wanted, Math.ceilDiv(outputs, PIXELS_PER_PART));
    int perPart = Math.ceilDiv(outputs, parts);
    parts = Math.ceilDiv(outputs, perPart);
    Tensor sums = launcher.floats(parts, (int) dw.elements());
    Grid grid = tiles(shape.out() / shape.groups(), columns, shape.groups() * parts);
    Object[] sizes = Launcher.join(sizes(shape), perPart);
    Object[] arguments = Launcher.join(new Object[] {sums, dy, x}, sizes);
    kernels.launch("convolutionWeightGradient" + suffix, grid, arguments);
    launcher.addRows(dw, sums, parts);
  }

  @Override
  protected void channelsLast(MapSizes sizes, Tensor y, Tensor x) {
    copy("channelsLast", sizes, y, x);
  }

  @Override
  protected void channelsFirst(MapSizes sizes, Tensor y, Tensor x) {
    copy("channelsFirst", sizes, y, x);
  }

  private void copy(String op, MapSizes sizes, Tensor y, Tensor x) {
    channels.elements(op, x.elements(), y, x, sizes.channels(), (long) sizes.pixels());
  }

  /** Blocks of 32 channels of an image. */
  private static Grid images(MapSizes sizes) {
    long parts = Math.ceilDiv(sizes.channels(), Launcher.WARP);
    return Grid.of(parts, sizes.images(), Launcher.THREADS);
  }

  @Override
  protected void averagePool(MapSizes sizes, Tensor y, Tensor x) {
    channels.launch("averagePool", images(sizes), y, x, sizes.channels(), sizes.pixels());
  }

  @Override
  protected void averagePoolBackward(MapSizes sizes, Tensor dx, Tensor base, Tensor dy) {
    long count = dx.elements();
    channels.elements("averagePoolBackward", count, dx, base, dy, sizes.channels(), sizes.pixels());
  }

  @Override
  protected void scaleChannels(MapSizes sizes, Tensor y, Tensor x, Tensor s) {
    channels.elements("scaleChannels", x.elements(), y, x, s, sizes.channels(), sizes.pixels());
  }

  @Override
  protected void scaleChannelsBackward(
      MapSizes sizes, Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s) {
    Grid grid = images(sizes);
    channels.launch(
        "scaleChannelsBackward", grid, dx, ds, dy, x, s, sizes.channels(), sizes.pixels());
  }
}
