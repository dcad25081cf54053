package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.Clipping;
import io.github.deit4j.op.OptimizerOps;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Parameter updates, a thread for each element; the sum that gradients are clipped by. */
final class CudaOptimizer extends OptimizerOps {
  /** Numbers of a row of the table of AdamW, as in optimizers.cu. */
  private static final int ADAMW_NUMBERS = 8;

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

  @Override
  protected void scale(Tensor scale, List<Tensor> gradients, Clipping clipping) {
    int rule = clipping.rule().ordinal(); // optimizers.cu counts as the enum does
    Tensor squares = sumOnDevice(gradients);
    cuda.optimizers.launch("clipFactor", Grid.of(1, 1), scale, squares, clipping.limit(), rule);
  }

  /** Returns the sum of squares, F64 [1]. */
  private Tensor sumOnDevice(List<Tensor> tensors) {
    TensorTable table = TensorTable.of(tensors);
    int parts = table.parts();
    Tensor sums = cuda.scratch(DType.F64, Shape.of(parts));
    cuda.reductions.parts("sumOfSquares", table, sums, table);
    Tensor total = cuda.scratch(DType.F64, Shape.of(1));
    Grid one = Grid.of(1, Launcher.THREADS);
    cuda.reductions.launch("sumParts", one, total, sums, (long) parts);
    return total;
  }

  @Override
  protected void adamWAll(List<AdamWUpdate> updates, Tensor scale) {
    List<List<Tensor>> rows = new ArrayList<>();
    FloatBuffer numbers = FloatBuffer.allocate(ADAMW_NUMBERS * updates.size());
    for (AdamWUpdate each : updates) {
      Average average = each.average();
      Tensor following = average == null ? null : average.average();
      rows.add(TensorTable.row(each.p(), each.m(), each.v(), each.g(), following));
      AdamWStep step = each.step();
      numbers.put((float) step.decay()).put((float) step.beta1()).put((float) step.beta2());
      numbers.put((float) step.stepSize()).put((float) step.rootScale());
      numbers.put((float) step.epsilon());
      double decay = average == null ? 0 : average.decay();
      numbers.put((float) decay).put((float) (1 - decay));
    }
    TensorTable table = new TensorTable(rows);
    cuda.optimizers.parts("adamW", table, table, numbers.array(), scale);
  }

  @Override
  protected void sgd(long count, Tensor p, Tensor b, Tensor g, SgdStep step, Tensor scale) {
    cuda.optimizers.elements(step.nesterov() ? "nesterov" : "sgd", count, p, b, g, step, scale);
  }

  @Override
  protected void lamb(
      long count, Tensor p, Tensor m, Tensor v, Tensor g, LambStep step, Tensor scale) {
    cuda.optimizers.elements("lambDirection", count, p, m, v, g, step, scale);
    float[] rate = {(float) step.learningRate()};
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
  protected void emaAll(List<Following> averages, double decay) {
    TensorTable table =
        new TensorTable(
            averages.stream().map(each -> TensorTable.row(each.average(), each.p())).toList());
    cuda.optimizers.parts("ema", table, table, (float) decay, (float) (1 - decay));
  }
}
