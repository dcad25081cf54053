package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.core.Workers.RangeTask;
import io.github.deit4j.cpu.kernel.Optimizers;
import io.github.deit4j.op.Clipping;
import io.github.deit4j.op.OptimizerOps;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Parameter updates, and the sum that gradients are clipped by. */
final class CpuOptimizer extends OptimizerOps {
  private final CpuRunner cpu;
  private final Optimizers optimizers;
  private final Reductions reductions;

  CpuOptimizer(CpuRunner cpu) {
    super(cpu);
    this.cpu = cpu;
    this.optimizers = cpu.kernels.optimizers();
    this.reductions = cpu.kernels.reductions();
  }

  @Override
  protected double sum(List<Tensor> tensors) {
    double sum = 0;
    for (Tensor tensor : tensors) {
      MemorySegment x = tensor.segment();
      long size = tensor.elements();
      float[] blocks = new float[Math.toIntExact(Math.ceilDiv(size, (long) Reductions.BLOCK))];
      cpu.rows(
          blocks.length,
          Reductions.BLOCK,
          (from, to) -> {
            for (long block = from; block < to; block++) {
              long start = block * Reductions.BLOCK;
              long end = Math.min(size, start + Reductions.BLOCK);
              blocks[(int) block] = reductions.sumOfSquares(x, start, end);
            }
          });
      for (float block : blocks) {
        sum += block;
      }
    }
    return sum;
  }

  @Override
  protected void scale(Tensor scale, List<Tensor> gradients, Clipping clipping) {
    double norm = StrictMath.sqrt(sum(gradients));
    scale.segment().setAtIndex(JAVA_DOUBLE, 0, norm);
    scale.segment().setAtIndex(JAVA_DOUBLE, 1, clipping.factor(norm));
  }

  /** Returns what gradients are multiplied by. */
  private static float factor(Tensor scale) {
    return scale == null ? 1 : (float) scale.segment().getAtIndex(JAVA_DOUBLE, 1);
  }

  @Override
  protected void adamWAll(List<AdamWUpdate> updates, Tensor scale) {
    updates.forEach(update -> adamW(update, scale));
  }

  /** Each task averages what it has just updated, while that is in its cache. */
  private void adamW(AdamWUpdate update, Tensor scale) {
    Tensor p = update.p();
    Tensor m = update.m();
    Tensor v = update.v();
    Tensor g = update.g();
    AdamWStep step = update.step();
    Average average = update.average();
    var factors =
        new Optimizers.AdamW(
            factor(scale),
            (float) step.decay(),
            (float) step.beta1(),
            (float) step.beta2(),
            (float) step.stepSize(),
            (float) step.rootScale(),
            (float) step.epsilon());
    RangeTask follow = average == null ? (from, to) -> {} : ema(average, p);
    cpu.elements(
        p.elements(),
        (from, to) -> {
          optimizers.adamW(p.segment(), m.segment(), v.segment(), g.segment(), factors, from, to);
          follow.run(from, to);
        });
  }

  @Override
  protected void sgd(long count, Tensor p, Tensor b, Tensor g, SgdStep step, Tensor scale) {
    var factors =
        new Optimizers.Sgd(
            factor(scale),
            (float) step.weightDecay(),
            (float) step.momentum(),
            (float) step.learningRate(),
            step.nesterov());
    cpu.elements(
        count,
        (from, to) -> optimizers.sgd(p.segment(), b.segment(), g.segment(), factors, from, to));
  }

  @Override
  protected void lamb(
      long count, Tensor p, Tensor m, Tensor v, Tensor g, LambStep step, Tensor scale) {
    var factors =
        new Optimizers.Lamb(
            factor(scale),
            (float) step.weightDecay(),
            (float) step.beta1(),
            (float) step.beta2(),
            (float) step.firstScale(),
            (float) step.rootScale(),
            (float) step.epsilon());
    cpu.elements(
        count,
        (from, to) ->
            optimizers.lambDirection(
                p.segment(), m.segment(), v.segment(), g.segment(), factors, from, to));
    double rate = step.adapts() ? step.rate(sum(List.of(p)), sum(List.of(g))) : step.learningRate();
    cpu.elements(
        count, (from, to) -> optimizers.descend(p.segment(), g.segment(), (float) rate, from, to));
  }

  @Override
  protected void emaAll(List<Following> averages, double decay) {
    for (Following each : averages) {
      cpu.elements(each.p().elements(), ema(new Average(each.average(), decay), each.p()));
    }
  }

  private RangeTask ema(Average following, Tensor p) {
    float decay = (float) following.decay();
    float rest = (float) (1 - following.decay());
    return (from, to) ->
        optimizers.ema(following.average().segment(), p.segment(), decay, rest, from, to);
  }
}
