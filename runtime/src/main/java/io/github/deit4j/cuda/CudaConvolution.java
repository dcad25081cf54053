package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/**
 * Convolutions and feature maps: where every output sees one pixel, products of all the pixels that
 * are seen, by cuBLASLt; else the kernels of convolution.cu, on tensor cores where BF16 is asked
 * for.
 *
 * <p>With a stride, the pixels that are seen are copied together first. They do not always lie at
 * one distance (an odd number of rows or columns), a product of each row of a map alone would be
 * small, and the weight's gradient could not be summed over them: so one product of all, for a pass
 * over the part of the map that is seen.
 */
final class CudaConvolution extends ConvolutionOps {
  /** Lines and columns of a block's tile, and its threads, as in tiles.cuh. */
  private static final int TILE = 64;

  private static final int TILE_THREADS = 256;

  /** Blocks of a weight gradient that occupy a device; more make only more parts to add. */
  private static final int ENOUGH_BLOCKS = 512;

  /** Pixels that a part of a weight gradient should have. */
  private static final int PIXELS_PER_PART = 1024;

  /** As in channels.cu. */
  private static final int PIXELS_PER_BLOCK = 256;

  private final Launcher cuda;
  private final String suffix;

  CudaConvolution(Launcher cuda, Precision precision) {
    super(cuda);
    this.cuda = cuda;
    this.suffix = precision == Precision.BF16 ? "Bfloat16" : "";
  }

  private static Tensor pixels(Tensor map, int channels) {
    return map.reshape(Math.toIntExact(map.elements() / channels), channels);
  }

  private static Tensor matrix(Tensor w, ConvolutionShape shape) {
    return w.reshape(shape.out(), shape.in());
  }

  /** Returns whether every output sees all channels of one pixel. */
  private static boolean seesOnePixel(ConvolutionShape shape) {
    return shape.kernel() == 1 && shape.groups() == 1;
  }

  /** Returns the pixels that outputs see that see one pixel each, in the type of its factors. */
  private Tensor seen(ConvolutionShape shape, Tensor x) {
    if (shape.stride() == 1) {
      return pixels(x, shape.in());
    }
    int rows = shape.images() * shape.outHeight();
    Shape sizes = Shape.of(rows * shape.outWidth(), shape.in());
    Tensor seen = cuda.scratch(cuda.activationType(), sizes);
    sample("samplePixels", seen, x, shape, rows);
    return seen;
  }

  private void sample(String kernel, Tensor to, Tensor from, ConvolutionShape shape, int rows) {
    Grid grid = Grid.of(rows, Launcher.THREADS);
    Object[] sizes = {shape.height(), shape.width(), shape.in(), shape.stride()};
    cuda.sampling.of(to).launch(kernel, grid, to, from, sizes);
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
    if (seesOnePixel(shape)) {
      Tensor result = pixels(y, shape.out());
      cuda.products.linear(result, seen(shape, x), matrix(w, shape), null);
    } else {
      Grid grid = tiles(y.elements() / shape.out(), shape.groupOut(), shape.groups());
      cuda.convolution.launch("convolution" + suffix, grid, y, x, w, shape);
    }
  }

  @Override
  protected void convolutionInputGradient(ConvolutionShape shape, Tensor dx, Tensor dy, Tensor w) {
    if (dx.elements() == 0) {
      return;
    }
    if (seesOnePixel(shape)) {
      Tensor gradient = pixels(dy, shape.out());
      boolean all = shape.stride() == 1;
      int seen = gradient.shape().rows();
      Tensor result = all ? pixels(dx, shape.in()) : cuda.floats(seen, shape.in());
      cuda.products.inputGradient(result, gradient, matrix(w, shape));
      if (!all) {
        sample("samplePixelsBackward", dx, result, shape, shape.images() * shape.height());
      }
    } else {
      Grid grid = phaseTiles(shape);
      cuda.convolution.launch("convolutionInputGradient" + suffix, grid, dx, dy, w, shape);
    }
  }

  /**
   * Returns tiles of the pixels of an input that are seen through the same taps: with a stride, a
   * row's or column's place modulo that, its phase, says through which.
   */
  private static Grid phaseTiles(ConvolutionShape shape) {
    int stride = shape.stride();
    long rows = Math.ceilDiv(shape.height(), stride);
    long pixels = shape.images() * rows * Math.ceilDiv(shape.width(), stride);
    Grid phase = tiles(pixels, shape.groupIn(), shape.groups());
    return new Grid(phase.x(), phase.y() * stride * stride, phase.z(), TILE_THREADS, 0);
  }

  @Override
  protected void convolutionWeightGradient(ConvolutionShape shape, Tensor dw, Tensor dy, Tensor x) {
    if (dy.elements() == 0) {
      return;
    }
    if (seesOnePixel(shape)) {
      Tensor gradient = pixels(dy, shape.out());
      cuda.products.weightGradient(matrix(dw, shape), gradient, seen(shape, x));
      return;
    }
    int outputs = Math.toIntExact(dy.elements() / shape.out());
    int columns = Math.toIntExact(dw.elements() / shape.out());
    Grid one = tiles(shape.out() / shape.groups(), columns, shape.groups());
    int wanted = Math.ceilDiv(ENOUGH_BLOCKS, one.x() * one.y() * one.z());
    int perPart = Math.ceilDiv(outputs, Math.min(wanted, Math.ceilDiv(outputs, PIXELS_PER_PART)));
    int parts = Math.ceilDiv(outputs, perPart);
    Tensor sums = cuda.floats(parts, (int) dw.elements());
    Grid grid = tiles(shape.out() / shape.groups(), columns, shape.groups() * parts);
    String kernel = "convolutionWeightGradient" + suffix;
    cuda.convolution.launch(kernel, grid, sums, dy, x, shape, perPart);
    cuda.addRows(dw, sums, parts);
  }

  @Override
  protected void channelsLast(MapSizes sizes, Tensor y, Tensor x) {
    cuda.channels.elements("channelsLast", x.elements(), y, x, sizes);
  }

  @Override
  protected void channelsFirst(MapSizes sizes, Tensor y, Tensor x) {
    cuda.channels.elements("channelsFirst", x.elements(), y, x, sizes);
  }

  /** Blocks of 32 channels of an image. */
  private static Grid images(MapSizes sizes) {
    long parts = Math.ceilDiv(sizes.channels(), Launcher.WARP);
    return Grid.of(parts, sizes.images(), Launcher.THREADS);
  }

  /** Blocks of 32 channels of some pixels of an image. */
  private static Grid pixels(MapSizes sizes) {
    Grid images = images(sizes);
    int parts = Math.ceilDiv(sizes.pixels(), PIXELS_PER_BLOCK);
    return new Grid(images.x(), images.y(), parts, Launcher.THREADS, 0);
  }

  @Override
  protected void averagePool(MapSizes sizes, Tensor y, Tensor x) {
    cuda.channels.launch("averagePool", images(sizes), y, x, sizes);
  }

  @Override
  protected void averagePoolBackward(MapSizes sizes, Tensor dx, Tensor base, Tensor dy) {
    cuda.channels.launch("averagePoolBackward", pixels(sizes), dx, base, dy, sizes);
  }

  @Override
  protected void scaleChannels(MapSizes sizes, Tensor y, Tensor x, Tensor s) {
    cuda.channels.launch("scaleChannels", pixels(sizes), y, x, s, sizes);
  }

  @Override
  protected void scaleChannelsBackward(
      MapSizes sizes, Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s) {
    cuda.channels.launch("scaleChannelsBackward", images(sizes), dx, ds, dy, x, s, sizes);
  }
}
