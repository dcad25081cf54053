package io.github.deit4j.inference;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Logits;
import java.util.Arrays;

/**
 * A batch's logits on the host, to be read image by image.
 *
 * @param classes number of classes
 * @param classRows the class head's logits, row after row
 * @param distillationRows the distillation head's; null for a plain model
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
public record LogitRows(int classes, float[] classRows, float[] distillationRows) {
  /** Copies a batch's logits to the host. */
  public static LogitRows of(Backend backend, Logits logits) {
    return new LogitRows(
        logits.classLogits().shape().size(1),
        backend.toArray(logits.classLogits()),
        logits.distillation() == null ? null : backend.toArray(logits.distillation()));
  }

  /** Returns one image's log probabilities by one head. */
  public double[] logProbabilities(Head head, int image) {
    return head.logProbabilities(row(classRows, image), row(distillationRows, image));
  }

  /** Returns one image's logits. */
  LogitRows image(int image) {
    return new LogitRows(classes, row(classRows, image), row(distillationRows, image));
  }

  private float[] row(float[] rows, int image) {
    return rows == null ? null : Arrays.copyOfRange(rows, image * classes, (image + 1) * classes);
  }
}
