package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.conv.Channels;
import io.github.deit4j.cpu.conv.ConvolutionKernel;
import io.github.deit4j.cpu.gemm.Epilogue;
import io.github.deit4j.cpu.gemm.Gemm;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Convolutions and feature maps. Where every output sees one pixel, with all its channels, and
 * every pixel is seen, the convolution is a matrix product of the same chains.
 */
final class CpuConvolution extends ConvolutionOps {
  private final CpuRunner cpu;
  private final Gemm gemm;
  private final ConvolutionKernel kernel;
  private final Channels channels;

  CpuConvolution(CpuRunner cpu) {
    super(cpu);
    this.cpu = cpu;
    this.gemm = cpu.kernels.gemm();
    this.kernel = cpu.kernels.convolution();
    this.channels = cpu.kernels.channels();
  }

  private static Matrix pixels(Tensor map, int channels) {
    return Matrix.of(map.segment(), Math.toIntExact(map.elements() / channels), channels);
  }

  private static Matrix zeros(Matrix like) {
    return Matrix.zeros(like.rows(), like.columns());
  }

  /** That of larger convolutions is as fast without. */
  @Override
  protected void preparePointwise(Tensor w, int out, int in) {
    cpu.keep(w, gemm.pack(cpu.team, Matrix.of(w.segment(), out, in).transpose()));
  }

  @Override
  protected void convolution(ConvolutionShape shape, Tensor y, Tensor x, Tensor w) {
    if (!shape.isProduct()) {
      kernel.forward(cpu.team, y.segment(), x.segment(), w.segment(), shape);
      return;
    }
    Matrix result = pixels(y, shape.out());
    Matrix input = pixels(x, shape.in());
    PackedB packed = cpu.packed(w);
    if (packed == null) {
      Matrix factor = Matrix.of(w.segment(), shape.out(), shape.in()).transpose();
      gemm.multiply(cpu.team, result, zeros(result), input, factor);
    } else {
      gemm.multiply(cpu.team, result, zeros(result), input, packed, Epilogue.NONE);
    }
  }

  @Override
  protected void convolutionInputGradient(ConvolutionShape shape, Tensor dx, Tensor dy, Tensor w) {
    if (!shape.isProduct()) {
      kernel.inputGradient(cpu.team, dx.segment(), dy.segment(), w.segment(), shape);
      return;
    }
    Matrix result = pixels(dx, shape.in());
    Matrix factor = Matrix.of(w.segment(), shape.out(), shape.in());
    gemm.multiply(cpu.team, result, zeros(result), pixels(dy, shape.out()), factor);
  }

  @Override
  protected void convolutionWeightGradient(ConvolutionShape shape, Tensor dw, Tensor dy, Tensor x) {
    if (!shape.isProduct()) {
      kernel.weightGradient(cpu.team, dw.segment(), dy.segment(), x.segment(), shape);
      return;
    }
    Matrix sum = Matrix.of(dw.segment(), shape.out(), shape.in());
    Matrix gradient = pixels(dy, shape.out()).transpose();
    gemm.multiply(cpu.team, sum, sum, gradient, pixels(x, shape.in()));
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
    cpu.team.run(
        sizes.images(),
        (image, _) -> {
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
    cpu.team.run(
        sizes.images(), (image, _) -> channels.average(y.segment(), x.segment(), sizes, image));
  }

  @Override
  protected void averagePoolBackward(MapSizes sizes, Tensor dx, Tensor base, Tensor dy) {
    cpu.team.run(
        sizes.images(),
        (image, _) ->
            channels.averageBackward(dx.segment(), base.segment(), dy.segment(), sizes, image));
  }

  @Override
  protected void scaleChannels(MapSizes sizes, Tensor y, Tensor x, Tensor s) {
    cpu.team.run(
        sizes.images(),
        (image, _) -> channels.scale(y.segment(), x.segment(), s.segment(), sizes, image));
  }

  @Override
  protected void scaleChannelsBackward(
      MapSizes sizes, Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s) {
    cpu.team.run(
        sizes.images(),
        (image, _) ->
            channels.scaleBackward(
                dx.segment(), ds.segment(), dy.segment(), x.segment(), s.segment(), sizes, image));
  }
}
