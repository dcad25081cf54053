package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.conv.Activations;
import io.github.deit4j.cpu.kernel.Elementwise;
import io.github.deit4j.cpu.kernel.Gelu;
import io.github.deit4j.cpu.kernel.LayerScaleKernel;
import io.github.deit4j.cpu.kernel.LayerScaleKernel.Factors;
import io.github.deit4j.cpu.kernel.RandomDraws;
import io.github.deit4j.op.ElementwiseOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Sums, activations and dropout in ranges of elements, rows or images. */
final class CpuElementwise extends ElementwiseOps {
  private final CpuRunner cpu;
  private final Elementwise elementwise;
  private final LayerScaleKernel layerScale;
  private final Gelu gelu;
  private final Activations activations;
  private final ThreadTeam team;

  CpuElementwise(CpuRunner cpu) {
    super(cpu);
    this.cpu = cpu;
    this.elementwise = cpu.kernels.elementwise();
    this.layerScale = cpu.kernels.layerScale();
    this.gelu = cpu.kernels.gelu();
    this.activations = cpu.kernels.activations();
    this.team = cpu.team;
  }

  @Override
  protected void add(long count, Tensor y, Tensor a, Tensor b) {
    MemorySegment sum = y.segment();
    MemorySegment left = a.segment();
    MemorySegment right = b.segment();
    team.runRanges(
        count, CpuRunner.GRAIN, (from, to) -> elementwise.add(sum, left, right, from, to));
  }

  @Override
  protected void addBranch(BranchSizes sizes, Tensor y, Residual residual, Tensor branch) {
    float[] factors = residual.factors();
    if (factors == null && residual.scale() == null) {
      add(sizes.count(), y, residual.base(), branch);
      return;
    }
    MemorySegment out = y.segment();
    MemorySegment base = residual.base().segment();
    MemorySegment value = branch.segment();
    if (residual.scale() == null) {
      long image = sizes.image();
      team.run(
          factors.length,
          (index, scratch) ->
              elementwise.addScaled(
                  out, base, value, factors[index], index * image, (index + 1) * image));
      return;
    }
    float[] scale = residual.scale().segment().toArray(JAVA_FLOAT);
    Factors perImage = factors(sizes, factors);
    team.runRanges(
        sizes.rows(),
        CpuRunner.rowGrain(sizes.width()),
        (from, to) -> layerScale.add(out, base, value, scale, perImage, from, to));
  }

  private static Factors factors(BranchSizes sizes, float[] factors) {
    return new Factors(factors == null ? new float[] {1} : factors, sizes.rowsOfImage());
  }

  @Override
  protected void addBranchBackward(
      BranchSizes sizes, Tensor dBranch, Tensor dy, Residual residual) {
    MemorySegment out = dBranch.segment();
    MemorySegment in = dy.segment();
    float[] factors = residual.factors();
    if (residual.scale() == null) {
      long image = sizes.image();
      team.run(
          factors == null ? 1 : factors.length,
          (index, scratch) -> {
            float factor = factors == null ? 1 : factors[index];
            elementwise.scale(out, in, factor, index * image, (index + 1) * image);
          });
      return;
    }
    float[] scale = residual.scale().segment().toArray(JAVA_FLOAT);
    Factors perImage = factors(sizes, factors);
    team.runRanges(
        sizes.rows(),
        CpuRunner.rowGrain(sizes.width()),
        (from, to) -> layerScale.backward(out, in, scale, perImage, from, to));
  }

  @Override
  protected void layerScaleGradient(
      BranchSizes sizes, Tensor dScale, Tensor dy, Tensor branch, float[] factors) {
    MemorySegment sums = dScale.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment value = branch.segment();
    int width = sizes.width();
    Factors perImage = factors(sizes, factors);
    team.runRanges(
        width,
        cpu.columnGrain(width),
        (from, to) -> layerScale.scaleGradient(sums, gradient, value, width, perImage, from, to));
  }

  @Override
  protected void gelu(long count, Tensor y, Tensor x) {
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.runRanges(
        count,
        CpuRunner.GRAIN,
        (from, to) -> {
          float[] values = in.asSlice(4 * from, 4 * (to - from)).toArray(JAVA_FLOAT);
          gelu.forward(values, values.length);
          MemorySegment.copy(values, 0, out, JAVA_FLOAT, 4 * from, values.length);
        });
  }

  @Override
  protected void geluBackward(long count, Tensor dx, Tensor dy, Tensor x) {
    MemorySegment result = dx.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    team.runRanges(
        count,
        CpuRunner.GRAIN,
        (from, to) -> {
          float[] values = in.asSlice(4 * from, 4 * (to - from)).toArray(JAVA_FLOAT);
          float[] slopes = gradient.asSlice(4 * from, 4 * (to - from)).toArray(JAVA_FLOAT);
          gelu.backward(slopes, values, values.length);
          MemorySegment.copy(slopes, 0, result, JAVA_FLOAT, 4 * from, values.length);
        });
  }

  @FunctionalInterface
  private interface UnaryKernel {
    void run(MemorySegment y, MemorySegment x, long from, long to);
  }

  @FunctionalInterface
  private interface BackwardKernel {
    void run(MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to);
  }

  @Override
  protected void relu(long count, Tensor y, Tensor x) {
    unary(count, y, x, activations::relu);
  }

  @Override
  protected void reluBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    backward(count, dx, dy, y, activations::reluBackward);
  }

  @Override
  protected void sigmoid(long count, Tensor y, Tensor x) {
    unary(count, y, x, activations::sigmoid);
  }

  @Override
  protected void sigmoidBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    backward(count, dx, dy, y, activations::sigmoidBackward);
  }

  private void unary(long count, Tensor y, Tensor x, UnaryKernel kernel) {
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.runRanges(count, CpuRunner.GRAIN, (from, to) -> kernel.run(out, in, from, to));
  }

  private void backward(long count, Tensor dx, Tensor dy, Tensor y, BackwardKernel kernel) {
    MemorySegment result = dx.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment out = y.segment();
    team.runRanges(
        count, CpuRunner.GRAIN, (from, to) -> kernel.run(result, gradient, out, from, to));
  }

  @Override
  protected void dropout(
      int images, long image, Tensor y, Tensor x, float rate, float factor, StreamKey first) {
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.run(
        images,
        (index, scratch) ->
            RandomDraws.dropout(
                out,
                in,
                rate,
                factor,
                first.plus(index).open(),
                index * image,
                (index + 1) * image));
  }
}
