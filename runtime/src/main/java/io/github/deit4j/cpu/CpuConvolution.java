package io.github.deit4j.cpu;

import io.github.deit4j.backend.Checks;
import io.github.deit4j.cpu.kernel.Convolution.Sizes;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.cpu.kernel.Matrix;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/**
 * Convolutions. Where every output sees one pixel, with all its channels, and every pixel is seen,
 * the convolution is a matrix product of the same chains.
 */
final class CpuConvolution {
  private final Kernels kernels;
  private final ThreadTeam team;

  CpuConvolution(Kernels kernels, ThreadTeam team) {
    this.kernels = kernels;
    this.team = team;
  }

  private static Sizes sizes(String op, Tensor y, Tensor x, Tensor w, int stride, int groups) {
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
    int padding = (kernel - 1) / 2;
    var sizes =
        new Sizes(
            input.size(0), input.size(1), input.size(2), in, out, kernel, stride, padding, groups);
    Checks.that(
        kernel > 0 && sizes.outHeight() > 0 && sizes.outWidth() > 0,
        op,
        "images no smaller than the weights",
        x);
    Checks.elements(op, "y", y, sizes.images(), sizes.outHeight(), sizes.outWidth(), out);
    return sizes;
  }

  private static boolean isProduct(Sizes sizes) {
    return sizes.kernel() == 1 && sizes.stride() == 1 && sizes.groups() == 1;
  }

  private static Matrix pixels(Tensor map, int channels) {
    return Matrix.of(map.segment(), Math.toIntExact(map.elements() / channels), channels);
  }

  private static Matrix weight(Tensor w, Sizes sizes) {
    return Matrix.of(w.segment(), sizes.out(), sizes.in());
  }

  private static Matrix zeros(Matrix like) {
    return Matrix.repeatedRow(Zeros.atLeast(like.columns()), like.rows(), like.columns());
  }

  void forward(Tensor y, Tensor x, Tensor w, int stride, int groups) {
    Sizes sizes = sizes("convolution", y, x, w, stride, groups);
    if (isProduct(sizes)) {
      Matrix result = pixels(y, sizes.out());
      Matrix factor = weight(w, sizes).transpose();
      kernels.gemm().multiply(team, result, zeros(result), pixels(x, sizes.in()), factor);
    } else {
      kernels.convolution().forward(team, y.segment(), x.segment(), w.segment(), sizes);
    }
  }

  void inputGradient(Tensor dx, Tensor dy, Tensor w, int stride, int groups) {
    Sizes sizes = sizes("convolutionInputGradient", dy, dx, w, stride, groups);
    if (isProduct(sizes)) {
      Matrix result = pixels(dx, sizes.in());
      kernels
          .gemm()
          .multiply(team, result, zeros(result), pixels(dy, sizes.out()), weight(w, sizes));
    } else {
      kernels.convolution().inputGradient(team, dx.segment(), dy.segment(), w.segment(), sizes);
    }
  }

  void weightGradient(Tensor dw, Tensor dy, Tensor x, int stride, int groups) {
    Sizes sizes = sizes("convolutionWeightGradient", dy, x, dw, stride, groups);
    if (isProduct(sizes)) {
      Matrix sum = weight(dw, sizes);
      Matrix gradient = pixels(dy, sizes.out()).transpose();
      kernels.gemm().multiply(team, sum, sum, gradient, pixels(x, sizes.in()));
    } else {
      kernels.convolution().weightGradient(team, dw.segment(), dy.segment(), x.segment(), sizes);
    }
  }
}
