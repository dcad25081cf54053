package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.conv.Channels;
import io.github.deit4j.cpu.conv.ConvolutionKernel.Sizes;
import io.github.deit4j.cpu.gemm.Epilogue;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Convolutions and feature maps. Where every output sees one pixel, with all its channels, and
 * every pixel is seen, the convolution is a matrix product of the same chains.
 */
final class CpuConvolution extends ConvolutionOps {
  private final CpuRunner cpu;
  private final Kernels kernels;
  private final Channels channels;
  private final ThreadTeam team;

  CpuConvolution(CpuRunner cpu) {
    super(cpu);
    this.cpu = cpu;
    this.kernels = cpu.kernels;
    this.channels = kernels.channels();
    this.team = cpu.team;
  }

  private static Sizes sizes(ConvolutionShape shape) {
    return new Sizes(
        shape.images(),
        shape.height(),
        shape.width(),
        shape.in(),
        shape.out(),
        shape.kernel(),
        shape.stride(),
        shape.padding(),
        shape.groups());
  }

  private static Matrix pixels(Tensor map, int channels) {
    return Matrix.of(map.segment(), Math.toIntExact(map.elements() / channels), channels);
  }

  private static Matrix weight(Tensor w, int out, int in) {
    return Matrix.of(w.segment(), out, in);
  }

  private static Matrix zeros(Matrix like) {
    return Matrix.zeros(like.rows(), like.columns());
  }

  /** That of larger convolutions is as fast without. */
  @Override
  protected void preparePointwise(Tensor w, int out, int in) {
    cpu.keep(w, kernels.gemm().pack(team, weight(w, out, in).transpose()));
  }

  @Override
  protected void convolution(ConvolutionShape shape, Tensor y, Tensor x, Tensor w) {
    if (shape.isProduct()) {
      Matrix result = pixels(y, shape.out());
      Matrix input = pixels(x, shape.in());
      PackedB packed = cpu.packed(w);
      if (packed == null) {
        Matrix factor = weight(w, shape.out(), shape.in()).transpose();
        kernels.gemm().multiply(team, result, zeros(result), input, factor);
      } else {
        kernels.gemm().multiply(team, result, zeros(result), input, packed, Epilogue.NONE);
      }
    } else {
      kernels.convolution().forward(team, y.segment(), x.segment(), w.segment(), sizes(shape));
    }
  }

  @Override
  protected void convolutionInputGradient(ConvolutionShape shape, Tensor dx, Tensor dy, Tensor w) {
    if (shape.isProduct()) {
      Matrix result = pixels(dx, shape.in());
      Matrix factor = weight(w, shape.out(), shape.in());
      kernels.gemm().multiply(team, result, zeros(result), pixels(dy, shape.out()), factor);
    } else {
      kernels
          .convolution()
          .inputGradient(team, dx.segment(), dy.segment(), w.segment(), sizes(shape));
    }
  }

  @Override
  protected void convolutionWeightGradient(ConvolutionShape shape, Tensor dw, Tensor dy, Tensor x) {
    if (shape.isProduct()) {
      Matrix sum = weight(dw, shape.out(), shape.in());
      Matrix gradient = pixels(dy, shape.out()).transpose();
      kernels.gemm().multiply(team, sum, sum, gradient, pixels(x, shape.in()));
    } else {
      kernels
          .convolution()
          .weightGradient(team, dw.segment(), dy.segment(), x.segment(), sizes(shape));
    }
  }

  @Override
  protected void channelsLast(MapSizes sizes, Tensor y, Tensor x) {
    copy(sizes, y.segment(), x.segment(), true);
  }

  @Override
  protected void channelsFirst(MapSizes sizes, Tensor y, Tensor x) {
    copy(sizes, y.segment(), x.segment(), false);
  }

  private void copy(MapSizes sizes, MemorySegment to, MemorySegment from, boolean last) {
    int width = sizes.channels();
    long plane = sizes.pixels();
    team.run(
        sizes.images(),
        (image, scratch) -> {
          long start = image * plane * width;
          for (int c = 0; c < width; c++) {
            for (long pixel = 0; pixel < plane; pixel++) {
              long first = start + c * plane + pixel;
              long behind = start + pixel * width + c;
              float value = from.getAtIndex(JAVA_FLOAT, last ? first : behind);
              to.setAtIndex(JAVA_FLOAT, last ? behind : first, value);
            }
          }
        });
  }

  @Override
  protected void averagePool(MapSizes sizes, Tensor y, Tensor x) {
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.run(
        sizes.images(),
        (image, scratch) -> channels.average(out, in, sizes.pixels(), sizes.channels(), image));
  }

  @Override
  protected void averagePoolBackward(MapSizes sizes, Tensor dx, Tensor base, Tensor dy) {
    MemorySegment result = dx.segment();
    MemorySegment start = base.segment();
    MemorySegment gradient = dy.segment();
    team.run(
        sizes.images(),
        (image, scratch) ->
            channels.averageBackward(
                result, start, gradient, sizes.pixels(), sizes.channels(), image));
  }

  @Override
  protected void scaleChannels(MapSizes sizes, Tensor y, Tensor x, Tensor s) {
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    MemorySegment factors = s.segment();
    team.run(
        sizes.images(),
        (image, scratch) ->
            channels.scale(out, in, factors, sizes.pixels(), sizes.channels(), image));
  }

  @Override
  protected void scaleChannelsBackward(
      MapSizes sizes, Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s) {
    MemorySegment result = dx.segment();
    MemorySegment sums = ds.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment factors = s.segment();
    team.run(
        sizes.images(),
        (image, scratch) ->
            channels.scaleBackward(
                result, sums, gradient, in, factors, sizes.pixels(), sizes.channels(), image));
  }
}
