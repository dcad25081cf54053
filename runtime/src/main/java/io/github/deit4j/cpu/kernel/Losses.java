package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/**
 * Loss and logit gradient of one image at a time. A row has as many numbers as there are classes, a
 * share of the work far below a thousandth, so these loops are all there is. Exponentials from
 * {@link ScalarMath}, row sums by the 16-lane rule, one logarithm per row from {@link StrictMath}.
 */
public final class Losses {
  private Losses() {}

  /**
   * Cross entropy with soft targets: {@code loss = Σ t·(log Σexp(x) − x)} and {@code dx =
   * factor·(softmax(x)·Σt − t)}.
   *
   * @param losses receives the loss in double at element {@code row}
   * @param dx receives the gradient, [rows, classes]
   * @param x logits, [rows, classes]
   * @param targets target probabilities, [rows, classes]
   */
  public static void crossEntropy(
      MemorySegment losses,
      MemorySegment dx,
      MemorySegment x,
      MemorySegment targets,
      int classes,
      float factor,
      long row) {
    long start = row * classes;
    float max = maximum(x, start, classes, 1f);
    float sum = sumOfExponentials(x, start, classes, 1f, max);
    double logSum = max + StrictMath.log(sum);
    double loss = 0;
    double weight = 0;
    for (int c = 0; c < classes; c++) {
      float t = targets.getAtIndex(JAVA_FLOAT, start + c);
      weight += t;
      loss += t * (logSum - x.getAtIndex(JAVA_FLOAT, start + c));
    }
    float share = (float) weight / sum;
    for (int c = 0; c < classes; c++) {
      float e = ScalarMath.exp(x.getAtIndex(JAVA_FLOAT, start + c) - max);
      float gradient = Math.fma(e, share, -targets.getAtIndex(JAVA_FLOAT, start + c));
      dx.setAtIndex(JAVA_FLOAT, start + c, factor * gradient);
    }
    losses.setAtIndex(JAVA_DOUBLE, row, loss);
  }

  /**
   * Kullback–Leibler divergence of the student from the teacher at a temperature T: with {@code q =
   * softmax(teacher/T)} and {@code p = softmax(student/T)}, {@code loss = Σ q·(log q − log p)} and
   * {@code dStudent = factor·(p − q)}. The derivative's 1/T belongs into {@code factor}.
   *
   * @param inverse 1/T
   */
  public static void divergence(
      MemorySegment losses,
      MemorySegment dStudent,
      MemorySegment student,
      MemorySegment teacher,
      int classes,
      float inverse,
      float factor,
      long row) {
    long start = row * classes;
    float studentMax = maximum(student, start, classes, inverse);
    float teacherMax = maximum(teacher, start, classes, inverse);
    float studentSum = sumOfExponentials(student, start, classes, inverse, studentMax);
    float teacherSum = sumOfExponentials(teacher, start, classes, inverse, teacherMax);
    double studentLog = studentMax + StrictMath.log(studentSum);
    double teacherLog = teacherMax + StrictMath.log(teacherSum);
    double loss = 0;
    for (int c = 0; c < classes; c++) {
      float s = inverse * student.getAtIndex(JAVA_FLOAT, start + c);
      float t = inverse * teacher.getAtIndex(JAVA_FLOAT, start + c);
      float q = ScalarMath.exp(t - teacherMax) / teacherSum;
      float p = ScalarMath.exp(s - studentMax) / studentSum;
      if (q > 0f) {
        loss += q * ((t - teacherLog) - (s - studentLog));
      } else {
        // Keeps a NaN; 0·log 0 counts as 0.
        loss += q;
      }
      dStudent.setAtIndex(JAVA_FLOAT, start + c, factor * (p - q));
    }
    losses.setAtIndex(JAVA_DOUBLE, row, loss);
  }

  private static float maximum(MemorySegment x, long start, int classes, float factor) {
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      max = Math.max(max, factor * x.getAtIndex(JAVA_FLOAT, start + c));
    }
    return max;
  }

  private static float sumOfExponentials(
      MemorySegment x, long start, int classes, float factor, float max) {
    float[] lanes = new float[Lanes.COUNT];
    for (int c = 0; c < classes; c++) {
      float scaled = factor * x.getAtIndex(JAVA_FLOAT, start + c);
      lanes[c % Lanes.COUNT] += ScalarMath.exp(scaled - max);
    }
    return Lanes.sum(lanes);
  }
}
