package io.github.deit4j.cpu;

import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.kernel.Optimizers;
import io.github.deit4j.op.OptimizerOps;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Parameter updates, and the sum that gradients are clipped by. */
final class CpuOptimizer extends OptimizerOps {
  private final Optimizers optimizers;
  private final Reductions reductions;
  private final ThreadTeam team;

  CpuOptimizer(CpuRunner cpu) {
    super(cpu);
    this.optimizers = cpu.kernels.optimizers();
    this.reductions = cpu.kernels.reductions();
    this.team = cpu.team;
  }

  @Override
  protected double sum(List<Tensor> tensors) {
    double sum = 0;
    for (Tensor tensor : tensors) {
      MemorySegment x = tensor.segment();
      long size = tensor.elements();
      float[] blocks = new float[Math.toIntExact((size + Reductions.BLOCK - 1) / Reductions.BLOCK)];
      team.runRanges(
          blocks.length,
          CpuRunner.rowGrain(Reductions.BLOCK),
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

  /** Each task averages what it has just updated, while that is in its cache. */
  @Override
  protected void adamW(
      long count, Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step, Average average) {
    Workers.RangeTask update = adamWTask(p, m, v, g, step);
    if (average == null) {
      team.runRanges(count, CpuRunner.GRAIN, update);
      return;
    }
    Workers.RangeTask follow = emaTask(average, p);
    team.runRanges(
        count,
        CpuRunner.GRAIN,
        (from, to) -> {
          update.run(from, to);
          follow.run(from, to);
        });
  }

  private Workers.RangeTask adamWTask(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step) {
    Optimizers.AdamW factors = factors(step);
    MemorySegment parameter = p.segment();
    MemorySegment first = m.segment();
    MemorySegment second = v.segment();
    MemorySegment gradient = g.segment();
    return (from, to) -> optimizers.adamW(parameter, first, second, gradient, factors, from, to);
  }

  private static Optimizers.AdamW factors(AdamWStep step) {
    return new Optimizers.AdamW(
        (float) step.gradientScale(),
        (float) step.decay(),
        (float) step.beta1(),
        (float) step.beta2(),
        (float) step.stepSize(),
        (float) step.rootScale(),
        (float) step.epsilon());
  }

  @Override
  protected void sgd(long count, Tensor p, Tensor b, Tensor g, SgdStep step) {
    MemorySegment parameter = p.segment();
    MemorySegment velocity = b.segment();
    MemorySegment gradient = g.segment();
    Optimizers.Sgd factors =
        new Optimizers.Sgd(
            (float) step.gradientScale(),
            (float) step.weightDecay(),
            (float) step.momentum(),
            (float) step.learningRate(),
            step.nesterov());
    team.runRanges(
        count,
        CpuRunner.GRAIN,
        (from, to) -> optimizers.sgd(parameter, velocity, gradient, factors, from, to));
  }

  @Override
  protected void lamb(long count, Tensor p, Tensor m, Tensor v, Tensor g, LambStep step) {
    MemorySegment parameter = p.segment();
    MemorySegment first = m.segment();
    MemorySegment second = v.segment();
    MemorySegment direction = g.segment();
    Optimizers.Lamb factors =
        new Optimizers.Lamb(
            (float) step.gradientScale(),
            (float) step.weightDecay(),
            (float) step.beta1(),
            (float) step.beta2(),
            (float) step.firstScale(),
            (float) step.rootScale(),
            (float) step.epsilon());
    team.runRanges(
        count,
        CpuRunner.GRAIN,
        (from, to) ->
            optimizers.lambDirection(parameter, first, second, direction, factors, from, to));
    double rate = step.adapts() ? step.rate(sum(List.of(p)), sum(List.of(g))) : step.learningRate();
    team.runRanges(
        count,
        CpuRunner.GRAIN,
        (from, to) -> optimizers.descend(parameter, direction, (float) rate, from, to));
  }

  @Override
  protected void ema(long count, Average average, Tensor p) {
    team.runRanges(count, CpuRunner.GRAIN, emaTask(average, p));
  }

  private Workers.RangeTask emaTask(Average following, Tensor p) {
    MemorySegment average = following.average().segment();
    MemorySegment parameter = p.segment();
    float decay = (float) following.decay();
    float rest = (float) (1 - following.decay());
    return (from, to) -> optimizers.ema(average, parameter, decay, rest, from, to);
  }
}
