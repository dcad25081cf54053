package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.Elementwise;
import io.github.deit4j.cpu.kernel.Gelu;
import io.github.deit4j.cpu.kernel.LayerScaleKernel;
import io.github.deit4j.cpu.kernel.LayerScaleKernel.Factors;
import io.github.deit4j.op.ElementwiseOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.Philox;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Sums, activations and dropout in ranges of elements, rows or images. */
final class CpuElementwise extends ElementwiseOps {
  private final CpuRunner cpu;
  private final Elementwise elementwise;
  private final LayerScaleKernel layerScale;
  private final Gelu gelu;

  CpuElementwise(CpuRunner cpu) {
    super(cpu);
    this.cpu = cpu;
    this.elementwise = cpu.kernels.elementwise();
    this.layerScale = cpu.kernels.layerScale();
    this.gelu = cpu.kernels.gelu();
  }

  @Override
  protected void add(long count, Tensor y, Tensor a, Tensor b) {
    cpu.elements(
        count, (from, to) -> elementwise.add(y.segment(), a.segment(), b.segment(), from, to));
  }

  @Override
  protected void addBranch(BranchSizes sizes, Tensor y, Residual residual, Tensor branch) {
    Tensor base = residual.base();
    float[] factors = residual.factors();
    if (residual.scale() != null) {
      float[] scale = residual.scale().segment().toArray(JAVA_FLOAT);
      Factors perImage = factors(sizes, factors);
      cpu.rows(
          sizes.rows(),
          sizes.width(),
          (from, to) ->
              layerScale.add(
                  y.segment(), base.segment(), branch.segment(), scale, perImage, from, to));
    } else if (factors == null) {
      add(sizes.count(), y, base, branch);
    } else {
      long image = sizes.image();
      cpu.team.run(
          factors.length,
          (index, _) ->
              elementwise.addScaled(
                  y.segment(),
                  base.segment(),
                  branch.segment(),
                  factors[index],
                  index * image,
                  (index + 1) * image));
    }
  }

  private static Factors factors(BranchSizes sizes, float[] factors) {
    float[] perImage = factors == null ? new float[] {1} : factors;
    return new Factors(perImage, sizes.rowsOfImage(), sizes.width());
  }

  @Override
  protected void addBranchBackward(
      BranchSizes sizes, Tensor dBranch, Tensor dy, Residual residual) {
    Factors factors = factors(sizes, residual.factors());
    if (residual.scale() == null) {
      long image = sizes.image();
      cpu.team.run(
          factors.perImage().length,
          (index, _) ->
              elementwise.scale(
                  dBranch.segment(),
                  dy.segment(),
                  factors.perImage()[index],
                  index * image,
                  (index + 1) * image));
      return;
    }
    float[] scale = residual.scale().segment().toArray(JAVA_FLOAT);
    cpu.rows(
        sizes.rows(),
        sizes.width(),
        (from, to) ->
            layerScale.backward(dBranch.segment(), dy.segment(), scale, factors, from, to));
  }

  @Override
  protected void layerScaleGradient(
      BranchSizes sizes, Tensor dScale, Tensor dy, Tensor branch, float[] factors) {
    Factors perImage = factors(sizes, factors);
    cpu.columns(
        sizes.width(),
        (from, to) ->
            layerScale.scaleGradient(
                dScale.segment(), dy.segment(), branch.segment(), perImage, from, to));
  }

  @Override
  protected void gelu(long count, Tensor y, Tensor x) {
    cpu.elements(
        count,
        (from, to) -> {
          float[] values = read(x, from, to);
          gelu.forward(values, values.length);
          write(y, from, values);
        });
  }

  @Override
  protected void geluBackward(long count, Tensor dx, Tensor dy, Tensor x) {
    cpu.elements(
        count,
        (from, to) -> {
          float[] gradients = read(dy, from, to);
          gelu.backward(gradients, read(x, from, to), gradients.length);
          write(dx, from, gradients);
        });
  }

  private static float[] read(Tensor x, long from, long to) {
    return x.segment().asSlice(4 * from, 4 * (to - from)).toArray(JAVA_FLOAT);
  }

  private static void write(Tensor y, long from, float[] values) {
    MemorySegment.copy(values, 0, y.segment(), JAVA_FLOAT, 4 * from, values.length);
  }

  @Override
  protected void relu(long count, Tensor y, Tensor x) {
    cpu.elements(count, (from, to) -> elementwise.relu(y.segment(), x.segment(), from, to));
  }

  @Override
  protected void reluBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    cpu.elements(
        count,
        (from, to) -> elementwise.reluBackward(dx.segment(), dy.segment(), y.segment(), from, to));
  }

  @Override
  protected void sigmoid(long count, Tensor y, Tensor x) {
    cpu.elements(count, (from, to) -> elementwise.sigmoid(y.segment(), x.segment(), from, to));
  }

  @Override
  protected void sigmoidBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    cpu.elements(
        count,
        (from, to) ->
            elementwise.sigmoidBackward(dx.segment(), dy.segment(), y.segment(), from, to));
  }

  @Override
  protected void dropout(
      int images, long image, Tensor y, Tensor x, float rate, float factor, StreamKey first) {
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    cpu.team.run(
        images,
        (index, _) -> {
          Philox random = first.plus(index).open();
          for (long i = index * image; i < (index + 1) * image; i++) {
            float kept = in.getAtIndex(JAVA_FLOAT, i) * factor;
            out.setAtIndex(JAVA_FLOAT, i, random.nextFloat() < rate ? 0f : kept);
          }
        });
  }
}
