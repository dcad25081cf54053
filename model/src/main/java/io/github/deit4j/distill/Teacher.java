package io.github.deit4j.distill;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.PositionEmbedding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Anything that gives logits for the student's images. A user can implement it. */
public interface Teacher extends AutoCloseable {
  /**
   * Loads a trained model, DeiT or RegNetY, for images of a size, or what one has said: {@link
   * StoredLogits} or {@link StoredDraws}.
   *
   * @throws io.github.deit4j.weights.FormatException if the file is malformed or none of these
   */
  static Teacher load(Path path, Backend backend, int imageSize, PositionEmbedding.Method method)
      throws IOException {
    if (StoredLogits.isIn(path)) {
      return StoredLogits.load(path);
    }
    return StoredDraws.isIn(path)
        ? StoredDraws.load(path)
        : ModelTeacher.load(path, backend, imageSize, method);
  }

  /**
   * Where in a run neighbouring images come.
   *
   * @param epoch from 0
   * @param position of the first one in the epoch's order, from 0
   */
  record Place(int epoch, int position) {}

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

  /**
   * Computes logits of images of a training run. By default as of any others: one whose answers
   * were computed before knows them by their place.
   *
   * @param ops computes and allocates; records nothing
   * @param images [B, channels, height, width]
   * @param place of the first one; the others follow
   * @return [B, classes]
   */
  default Tensor logits(Ops ops, Tensor images, Place place) {
    return logits(ops, images);
  }

  /**
   * Returns a teacher that takes as much working memory as this one, for a {@linkplain
   * Backend#withoutMemory backend} that computes nothing.
   */
  default Teacher sizedFor(Backend nothing) {
    List<String> classes = classNames();
    return new Teacher() {
      @Override
      public List<String> classNames() {
        return classes;
      }

      @Override
      public Tensor logits(Ops ops, Tensor images) {
        return ops.arena().allocate(images.shape().size(0), classes.size());
      }

      @Override
      public void close() {}
    };
  }

  /** Frees what the teacher holds. */
  @Override
  void close();
}
