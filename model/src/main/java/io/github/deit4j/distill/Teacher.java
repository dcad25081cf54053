package io.github.deit4j.distill;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.tensor.Tensor;
import java.util.List;

/** Anything that gives logits for the student's images. A user can implement it. */
public interface Teacher extends AutoCloseable {
  /** Returns the class names in logit order; they have to be the data set's. */
  List<String> classNames();

  /**
   * Computes logits. The images are those that the student sees, augmented, normalised and mixed.
   *
   * @param ops computes and allocates; records nothing
   * @param images [B, channels, height, width]
   * @return [B, classes]
   */
  Tensor logits(Ops ops, Tensor images);

  /** Frees what the teacher holds. */
  @Override
  void close();
}
