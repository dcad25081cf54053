package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Lanes;
import io.github.deit4j.cpu.core.ScalarMath;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import java.lang.foreign.MemorySegment;

/**
 * Loss and logit gradient of one image at a time. A row has as many numbers as there are classes, a
 * share of the work far below a thousandth, so these loops are all there is. Exponentials from
 * {@link ScalarMath}, row sums by the 16-lane rule, one logarithm per row from {@link StrictMath}.
 */
public final class Losses {
  private Losses() {}

  /**
   * The operands of a loss.
   *
   * @param losses receives the loss of each row in double, [rows]
   * @param dx receives the gradient, [rows, classes]
   * @param x logits, [rows, classes]
   * @param targets what the logits should say, [rows, classes]
   */
  public record Rows(
      MemorySegment losses, MemorySegment dx, MemorySegment x, MemorySegment targets, int classes) {
    private void write(long row, double loss, float[] gradient) {
      MemorySegment.copy(gradient, 0, dx, JAVA_FLOAT, 4 * row * classes, classes);
      losses.setAtIndex(JAVA_DOUBLE, row, loss);
    }
  }

  /**
   * Cross entropy with soft targets: {@code loss = Σ t·(log Σexp(x) − x)} and {@code dx =
   * factor·(softmax(x)·Σt − t)}.
   */
  public static void crossEntropy(Rows rows, float factor, long row, Scratch scratch) {
    int classes = rows.classes;
    float[] logits = row(rows.x, row, classes, Slot.LOGITS, scratch);
    float[] wanted = row(rows.targets, row, classes, Slot.TARGETS, scratch);
    float max = maximum(logits, classes, 1f);
    float sum = sumOfExponentials(logits, classes, 1f, max);
    double logSum = max + StrictMath.log(sum);
    double loss = 0;
    double weight = 0;
    for (int c = 0; c < classes; c++) {
      float t = wanted[c];
      weight += t;
      loss += t * (logSum - logits[c]);
    }
    float share = (float) weight / sum;
    for (int c = 0; c < classes; c++) {
      float e = ScalarMath.exp(logits[c] - max);
      logits[c] = factor * Math.fma(e, share, -wanted[c]);
    }
    rows.write(row, loss, logits);
  }

  /**
   * Binary cross entropy of every class, with {@code e = e^−|x|}: {@code loss = 1/classes·Σ (max(x,
   * 0) − x·t + log(1 + e))} and {@code dx = factor·(σ(x) − t)}, {@code σ(x)} being {@code 1/(1 +
   * e)}, or {@code e/(1 + e)} where x is negative; targets of [0, 1].
   */
  public static void binaryCrossEntropy(Rows rows, float factor, long row, Scratch scratch) {
    int classes = rows.classes;
    float[] logits = row(rows.x, row, classes, Slot.LOGITS, scratch);
    float[] wanted = row(rows.targets, row, classes, Slot.TARGETS, scratch);
    double loss = 0;
    for (int c = 0; c < classes; c++) {
      float z = logits[c];
      float e = ScalarMath.exp(-Math.abs(z));
      loss += Math.max(z, 0f) - (double) z * wanted[c] + StrictMath.log1p(e);
      float p = (z < 0f ? e : 1f) / (1f + e);
      logits[c] = factor * (p - wanted[c]);
    }
    rows.write(row, loss / classes, logits);
  }

  /**
   * Kullback–Leibler divergence of the student (x) from the teacher (targets) at a temperature T:
   * with {@code q = softmax(targets/T)} and {@code p = softmax(x/T)}, {@code loss = Σ q·(log q −
   * log p)} and {@code dx = factor·(p − q)}. The derivative's 1/T belongs into {@code factor}.
   *
   * @param inverse 1/T
   */
  public static void divergence(Rows rows, float inverse, float factor, long row, Scratch scratch) {
    int classes = rows.classes;
    float[] x = row(rows.x, row, classes, Slot.LOGITS, scratch);
    float[] y = row(rows.targets, row, classes, Slot.TARGETS, scratch);
    float studentMax = maximum(x, classes, inverse);
    float teacherMax = maximum(y, classes, inverse);
    float studentSum = sumOfExponentials(x, classes, inverse, studentMax);
    float teacherSum = sumOfExponentials(y, classes, inverse, teacherMax);
    double studentLog = studentMax + StrictMath.log(studentSum);
    double teacherLog = teacherMax + StrictMath.log(teacherSum);
    double loss = 0;
    for (int c = 0; c < classes; c++) {
      float s = inverse * x[c];
      float t = inverse * y[c];
      float q = ScalarMath.exp(t - teacherMax) / teacherSum;
      float p = ScalarMath.exp(s - studentMax) / studentSum;
      if (q > 0f) {
        loss += q * ((t - teacherLog) - (s - studentLog));
      } else {
        // Keeps a NaN; 0·log 0 counts as 0.
        loss += q;
      }
      x[c] = factor * (p - q);
    }
    rows.write(row, loss, x);
  }

  /** Returns the case of a row's cross entropy; there is one way to compute it. */
  static KernelCase<Object> crossEntropyCase(int classes) {
    return KernelCase.<Object>whole(
            "crossEntropy", Double.BYTES / Float.BYTES, classes, classes, classes)
        .call(
            (k, x, f, from, to) -> {
              Rows rows = new Rows(x[0], x[1], x[2], x[3], classes);
              crossEntropy(rows, 1f, 0, Scratch.ofThisThread());
            });
  }

  /** Copies a row to an array: single numbers of a segment take the interpreter microseconds. */
  private static float[] row(MemorySegment x, long row, int classes, Slot slot, Scratch scratch) {
    float[] array = scratch.array(slot, classes);
    MemorySegment.copy(x, JAVA_FLOAT, 4 * row * classes, array, 0, classes);
    return array;
  }

  private static float maximum(float[] x, int classes, float factor) {
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      max = Math.max(max, factor * x[c]);
    }
    return max;
  }

  private static float sumOfExponentials(float[] x, int classes, float factor, float max) {
    float[] lanes = new float[Lanes.COUNT];
    for (int c = 0; c < classes; c++) {
      lanes[c % Lanes.COUNT] += ScalarMath.exp(factor * x[c] - max);
    }
    return Lanes.sum(lanes);
  }
}
