package io.github.deit4j.train;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Target probabilities: what the base loss wants of the class head. */
public final class Targets {
  private Targets() {}

  /**
   * Returns smoothed one-hot rows (Szegedy et al. 2016): {@code 1 − smoothing + smoothing/classes}
   * for the label, {@code smoothing/classes} for the others.
   *
   * @return [labels, classes]
   */
  public static Tensor of(
      Backend backend, TensorArena arena, int[] labels, int classes, double smoothing) {
    double[] lambdas = new double[labels.length];
    Arrays.fill(lambdas, 1);
    return mixed(backend, arena, labels, labels, lambdas, classes, smoothing, null);
  }

  /**
   * Returns smoothed rows of mixed images: λ of the image's own row, 1 − λ of that of its partner.
   *
   * @param others labels of the partners
   * @param lambdas λ of every image
   * @param weights what each class's probability is multiplied by; null for 1
   * @return [labels, classes]
   */
  static Tensor mixed(
      Backend backend,
      TensorArena arena,
      int[] labels,
      int[] others,
      double[] lambdas,
      int classes,
      double smoothing,
      float[] weights) {
    Tensor targets = arena.allocate(labels.length, classes);
    double off = smoothing / classes;
    double rest = 1 - smoothing;
    float[] rows = new float[labels.length * classes];
    Arrays.fill(rows, (float) off);
    for (int i = 0; i < labels.length; i++) {
      int own = labels[i];
      int other = others[i];
      double lambda = own == other ? 1 : lambdas[i];
      rows[i * classes + other] = (float) (rest * (1 - lambda) + off);
      rows[i * classes + own] = (float) (rest * lambda + off);
    }
    if (weights != null) {
      for (int i = 0; i < rows.length; i++) {
        rows[i] *= weights[i % classes];
      }
    }
    backend.write(targets, MemorySegment.ofArray(rows));
    return targets;
  }

  /**
   * Returns rows of mixed images with 1 for every label that is in the image, however small its
   * share, and 0 for the others: what DeiT III's binary cross entropy learns.
   *
   * @param others labels of the partners
   * @param lambdas share of every image in itself
   * @return [labels, classes]
   */
  public static Tensor binary(
      Backend backend,
      TensorArena arena,
      int[] labels,
      int[] others,
      double[] lambdas,
      int classes) {
    Tensor targets = arena.allocate(labels.length, classes);
    float[] rows = new float[labels.length * classes];
    for (int i = 0; i < labels.length; i++) {
      if (lambdas[i] < 1) {
        rows[i * classes + others[i]] = 1;
      }
      if (lambdas[i] > 0) {
        rows[i * classes + labels[i]] = 1;
      }
    }
    backend.write(targets, MemorySegment.ofArray(rows));
    return targets;
  }

  /**
   * Returns what the binary cross entropy of each image is multiplied by: the mean weight of the
   * labels that {@link #binary} sets.
   *
   * @param weights of the classes
   */
  static float[] imageWeights(int[] labels, int[] others, double[] lambdas, float[] weights) {
    float[] ofImages = new float[labels.length];
    for (int i = 0; i < labels.length; i++) {
      double own = weights[labels[i]];
      double other = weights[others[i]];
      double mean = lambdas[i] <= 0 ? other : lambdas[i] < 1 ? (own + other) / 2 : own;
      ofImages[i] = (float) mean;
    }
    return ofImages;
  }
}
