package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.cpu.kernel.Losses;
import io.github.deit4j.cpu.kernel.Optimizers;
import io.github.deit4j.op.AdamWStep;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.LogProbabilities;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The ops of training alone: losses, gradient norm, parameter updates. */
final class CpuTraining {
  private final Optimizers optimizers;
  private final Reductions reductions;
  private final ThreadTeam team;

  CpuTraining(Kernels kernels, ThreadTeam team) {
    this.optimizers = kernels.optimizers();
    this.reductions = kernels.reductions();
    this.team = team;
  }

  void crossEntropy(Tensor losses, Tensor dx, Tensor x, Tensor targets, double factor) {
    Checks.logits("crossEntropy", losses, dx, x, targets);
    int classes = x.shape().size(1);
    MemorySegment sums = losses.segment();
    MemorySegment gradient = dx.segment();
    MemorySegment logits = x.segment();
    MemorySegment wanted = targets.segment();
    team.run(
        x.shape().size(0),
        (image, scratch) ->
            Losses.crossEntropy(
                sums, gradient, logits, wanted, classes, (float) factor, image, scratch));
  }

  void divergence(
      Tensor losses, Tensor dx, Tensor student, Tensor teacher, double temperature, double factor) {
    Checks.logits("divergence", losses, dx, student, teacher);
    int classes = student.shape().size(1);
    float inverse = (float) (1 / temperature);
    float scaled = (float) (factor / temperature);
    MemorySegment sums = losses.segment();
    MemorySegment gradient = dx.segment();
    MemorySegment logits = student.segment();
    MemorySegment wanted = teacher.segment();
    team.run(
        student.shape().size(0),
        (image, scratch) ->
            Losses.divergence(
                sums, gradient, logits, wanted, classes, inverse, scaled, image, scratch));
  }

  void hardLabels(Tensor y, Tensor x) {
    Checks.rank("hardLabels", "logits", x, 2);
    Checks.exactly("hardLabels", "y", y, DType.F32, x.shape());
    team.run(
        x.shape().size(0),
        (image, scratch) -> {
          float[] row = row(x, image);
          int best = largest(row);
          float label = Float.isNaN(row[best]) ? Float.NaN : 1f;
          Arrays.fill(row, 0);
          row[best] = label;
          MemorySegment.copy(row, 0, y.segment(), JAVA_FLOAT, offset(y, image), row.length);
        });
  }

  private static long offset(Tensor rows, int image) {
    return (long) image * rows.shape().size(1) * Float.BYTES;
  }

  private static float[] row(Tensor rows, int image) {
    float[] row = new float[rows.shape().size(1)];
    MemorySegment.copy(rows.segment(), JAVA_FLOAT, offset(rows, image), row, 0, row.length);
    return row;
  }

  /** The index of the first NaN, else of the first of the largest numbers. */
  private static int largest(float[] x) {
    int best = 0;
    for (int i = 0; i < x.length; i++) {
      if (Float.isNaN(x[i])) {
        return i;
      }
      if (x[i] > x[best]) {
        best = i;
      }
    }
    return best;
  }

  void score(Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels) {
    Checks.scores("score", ranks, losses, x, other, labels);
    team.run(
        labels.length,
        (image, scratch) -> {
          double[] logProbabilities =
              other == null
                  ? LogProbabilities.of(row(x, image))
                  : LogProbabilities.joint(row(x, image), row(other, image));
          int rank = LogProbabilities.rank(logProbabilities, labels[image]);
          ranks.segment().setAtIndex(JAVA_INT, image, rank);
          losses.segment().setAtIndex(JAVA_DOUBLE, image, -logProbabilities[labels[image]]);
        });
  }

  double sumOfSquares(List<Tensor> tensors) {
    double sum = 0;
    for (Tensor tensor : tensors) {
      Checks.elements("sumOfSquares", "x", tensor, tensor.elements());
      MemorySegment x = tensor.segment();
      long size = tensor.elements();
      float[] blocks = new float[Math.toIntExact((size + Reductions.BLOCK - 1) / Reductions.BLOCK)];
      team.runRanges(
          blocks.length,
          CpuBackend.rowGrain(Reductions.BLOCK),
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

  void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step) {
    team.runRanges(p.elements(), CpuBackend.GRAIN, adamWTask(p, m, v, g, step));
  }

  /** Each task averages what it has just updated, while that is in its cache. */
  void adamWEma(
      Tensor p, Tensor m, Tensor v, Tensor average, Tensor g, AdamWStep step, double decay) {
    Workers.RangeTask update = adamWTask(p, m, v, g, step);
    Workers.RangeTask take = emaTask(average, p, decay);
    team.runRanges(
        p.elements(),
        CpuBackend.GRAIN,
        (from, to) -> {
          update.run(from, to);
          take.run(from, to);
        });
  }

  private Workers.RangeTask adamWTask(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step) {
    Checks.elements("adamW", "m", m, p.elements());
    Checks.elements("adamW", "v", v, p.elements());
    Checks.elements("adamW", "g", g, p.elements());
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

  void sgd(
      Tensor p,
      Tensor b,
      Tensor g,
      double gradientScale,
      double weightDecay,
      double momentum,
      double learningRate) {
    Checks.elements("sgd", "b", b, p.elements());
    Checks.elements("sgd", "g", g, p.elements());
    MemorySegment parameter = p.segment();
    MemorySegment velocity = b.segment();
    MemorySegment gradient = g.segment();
    team.runRanges(
        p.elements(),
        CpuBackend.GRAIN,
        (from, to) ->
            optimizers.sgd(
                parameter,
                velocity,
                gradient,
                (float) gradientScale,
                (float) weightDecay,
                (float) momentum,
                (float) learningRate,
                from,
                to));
  }

  void ema(Tensor average, Tensor p, double decay) {
    team.runRanges(p.elements(), CpuBackend.GRAIN, emaTask(average, p, decay));
  }

  private Workers.RangeTask emaTask(Tensor average, Tensor p, double decay) {
    Checks.elements("ema", "average", average, p.elements());
    MemorySegment mean = average.segment();
    MemorySegment parameter = p.segment();
    float rest = (float) (1 - decay);
    return (from, to) -> optimizers.ema(mean, parameter, (float) decay, rest, from, to);
  }
}
