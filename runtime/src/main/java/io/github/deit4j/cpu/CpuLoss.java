package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.deit4j.cpu.kernel.Losses;
import io.github.deit4j.op.LogProbabilities;
import io.github.deit4j.op.LossOps;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Losses and scores, one task for each image. */
final class CpuLoss extends LossOps {
  private final ThreadTeam team;

  CpuLoss(CpuRunner cpu) {
    super(cpu);
    this.team = cpu.team;
  }

  private static Losses.Rows rows(Sizes sizes, Tensor losses, Tensor dx, Tensor x, Tensor targets) {
    return new Losses.Rows(
        losses.segment(), dx.segment(), x.segment(), targets.segment(), sizes.classes());
  }

  @Override
  protected void crossEntropy(
      Sizes sizes, Tensor losses, Tensor dx, Tensor x, Tensor targets, float factor) {
    Losses.Rows rows = rows(sizes, losses, dx, x, targets);
    team.run(sizes.images(), (image, scratch) -> Losses.crossEntropy(rows, factor, image, scratch));
  }

  @Override
  protected void binaryCrossEntropy(
      Sizes sizes, Tensor losses, Tensor dx, Tensor x, Tensor targets, float factor) {
    Losses.Rows rows = rows(sizes, losses, dx, x, targets);
    team.run(
        sizes.images(),
        (image, scratch) -> Losses.binaryCrossEntropy(rows, factor, image, scratch));
  }

  @Override
  protected void divergence(
      Sizes sizes,
      Tensor losses,
      Tensor dx,
      Tensor x,
      Tensor teacher,
      float inverse,
      float factor) {
    Losses.Rows rows = rows(sizes, losses, dx, x, teacher);
    team.run(
        sizes.images(),
        (image, scratch) -> Losses.divergence(rows, inverse, factor, image, scratch));
  }

  @Override
  protected void hardLabels(Sizes sizes, Tensor y, Tensor x) {
    team.run(
        sizes.images(),
        (image, _) -> {
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

  @Override
  protected void score(
      Sizes sizes, Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels) {
    team.run(
        sizes.images(),
        (image, _) -> {
          double[] logProbabilities =
              other == null
                  ? LogProbabilities.of(row(x, image))
                  : LogProbabilities.joint(row(x, image), row(other, image));
          int rank = LogProbabilities.rank(logProbabilities, labels[image]);
          ranks.segment().setAtIndex(JAVA_INT, image, rank);
          losses.segment().setAtIndex(JAVA_DOUBLE, image, -logProbabilities[labels[image]]);
        });
  }
}
