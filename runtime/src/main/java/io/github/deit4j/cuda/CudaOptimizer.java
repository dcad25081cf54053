package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.OptimizerOps;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Parameter updates, a thread for each element; the sum that gradients are clipped by. */
final class CudaOptimizer extends OptimizerOps {
  /** Elements of one part of a long sum, as in reductions.cu. */
  private static final int PART = 4096;

  private final Launcher cuda;

  CudaOptimizer(Launcher cuda) {
    super(cuda);
    this.cuda = cuda;
  }

  @Override
  protected double sum(List<Tensor> tensors) {
    double[] sum = new double[1];
    cuda.context().read(MemorySegment.ofArray(sum), sumOnDevice(tensors));
    return sum[0];
  }

  /** Returns the sum of squares, F64 [1]. */
  private Tensor sumOnDevice(List<Tensor> tensors) {
    int parts = tensors.stream().mapToInt(CudaOptimizer::parts).sum();
    Tensor sums = cuda.scratch(DType.F64, Shape.of(parts));
    int part = 0;
    for (Tensor tensor : tensors) {
      int end = part + parts(tensor);
      if (end > part) {
        Grid grid = Grid.of(end - part, Launcher.THREADS);
        Tensor own = sums.slice(part, end);
        cuda.reductions.launch("sumOfSquares", grid, own, tensor, tensor.elements());
      }
      part = end;
    }
    Tensor total = cuda.scratch(DType.F64, Shape.of(1));
    Grid one = Grid.of(1, Launcher.THREADS);
    cuda.reductions.launch("sumParts", one, total, sums, (long) parts);
    return total;
  }

  private static int parts(Tensor tensor) {
    return Math.toIntExact(Math.ceilDiv(tensor.elements(), PART));
  }

  @Override
  protected void adamW(
      long count, Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step, Average average) {
    cuda.optimizers.elements("adamW", count, p, m, v, g, step);
    if (average != null) {
      ema(count, average, p);
    }
  }

  @Override
  protected void sgd(long count, Tensor p, Tensor b, Tensor g, SgdStep step) {
    cuda.optimizers.elements(step.nesterov() ? "nesterov" : "sgd", count, p, b, g, step);
  }

  @Override
  protected void lamb(long count, Tensor p, Tensor m, Tensor v, Tensor g, LambStep step) {
    cuda.optimizers.elements("lambDirection", count, p, m, v, g, step);
    float rate = (float) step.learningRate();
    if (!step.adapts()) {
      cuda.optimizers.elements("descend", count, p, g, rate);
      return;
    }
    Tensor squares = sumOnDevice(List.of(p));
    Tensor ofDirection = sumOnDevice(List.of(g));
    cuda.optimizers.elements(
        "descendByTrust", count, p, g, rate, squares, ofDirection, step.trustClip());
  }

  @Override
  protected void ema(long count, Average average, Tensor p) {
    float decay = (float) average.decay();
    float rest = (float) (1 - average.decay());
    cuda.optimizers.elements("ema", count, average.average(), p, decay, rest);
  }
}
