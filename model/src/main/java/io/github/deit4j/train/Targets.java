package io.github.deit4j.train;

import io.github.deit4j.backend.Backend;
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
    Tensor targets = arena.allocate(labels.length, classes);
    float off = (float) (smoothing / classes);
    float on = (float) (1 - smoothing + smoothing / classes);
    float[] rows = new float[labels.length * classes];
    Arrays.fill(rows, off);
    for (int i = 0; i < labels.length; i++) {
      rows[i * classes + labels[i]] = on;
    }
    backend.write(targets, MemorySegment.ofArray(rows));
    return targets;
  }
}
