package io.github.deit4j.cpu;

import io.github.deit4j.cpu.conv.Convolution.Sizes;
import io.github.deit4j.cpu.gemm.Epilogue;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.ConvolutionShape;
import io.github.deit4j.tensor.Tensor;

/**
 * Convolutions. Where every output sees one pixel, with all its channels, and every pixel is seen,
 * the convolution is a matrix product of the same chains.
 */
final class CpuConvolution {
  private final Kernels kernels;
  private final ThreadTeam team;
  private final PreparedWeights prepared;

  CpuConvolution(Kernels kernels, ThreadTeam team, PreparedWeights prepared) {
    this.kernels = kernels;
    this.team = team;
    this.prepared = prepared;
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

  /** Keeps the weight of a 1×1 convolution packed too; that of others is as fast without. */
  void prepare(Tensor w) {
    Checks.rank("prepareConvolution", "w", w, 4);
    if (w.shape().size(2) == 1 && w.shape().size(3) == 1) {
      Matrix factor = weight(w, w.shape().size(0), w.shape().size(1)).transpose();
      prepared.put(w, kernels.gemm().pack(team, factor));
    }
  }

  void forward(Tensor y, Tensor x, Tensor w, int stride, int groups) {
    var shape = ConvolutionShape.of("convolution", y, x, w, stride, groups);
    if (shape.isProduct()) {
      Matrix result = pixels(y, shape.out());
      Matrix input = pixels(x, shape.in());
      PackedB packed = prepared.get(w);
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

  void inputGradient(Tensor dx, Tensor dy, Tensor w, int stride, int groups) {
    var shape = ConvolutionShape.of("convolutionInputGradient", dy, dx, w, stride, groups);
    if (shape.isProduct()) {
      Matrix result = pixels(dx, shape.in());
      kernels
          .gemm()
          .multiply(
              team,
              result,
              zeros(result),
              pixels(dy, shape.out()),
              weight(w, shape.out(), shape.in()));
    } else {
      kernels
          .convolution()
          .inputGradient(team, dx.segment(), dy.segment(), w.segment(), sizes(shape));
    }
  }

  void weightGradient(Tensor dw, Tensor dy, Tensor x, int stride, int groups) {
    var shape = ConvolutionShape.of("convolutionWeightGradient", dy, x, dw, stride, groups);
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
}
