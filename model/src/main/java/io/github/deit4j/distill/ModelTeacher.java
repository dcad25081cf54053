package io.github.deit4j.distill;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.PretrainedWeights;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.PositionEmbedding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A trained model as teacher, DeiT or RegNetY. A distilled one teaches with the mean of its heads'
 * logits.
 */
public final class ModelTeacher implements Teacher {
  private final SavedModel.Loaded loaded;
  private final BatchInference inference;

  private ModelTeacher(SavedModel.Loaded loaded, Backend backend) {
    this.loaded = loaded;
    this.inference = new BatchInference(backend);
  }

  /**
   * Loads a teacher.
   *
   * @throws io.github.deit4j.weights.FormatException if the file is malformed or describes no model
   */
  public static ModelTeacher load(Path path, Backend backend) throws IOException {
    return new ModelTeacher(SavedModel.load(ModelSource.of(path), backend), backend);
  }

  /**
   * Loads a teacher for images of a student's size, to which its position embedding is resized: the
   * teacher at the target resolution (Touvron et al. 2021, section 4).
   *
   * @throws io.github.deit4j.weights.FormatException if the file is malformed or describes no
   *     model, or its patches do not divide images of this size
   */
  public static ModelTeacher load(
      Path path, Backend backend, int imageSize, PositionEmbedding.Method method)
      throws IOException {
    return new ModelTeacher(
        PretrainedWeights.loadResized(ModelSource.of(path), backend, imageSize, method), backend);
  }

  /** Returns what the teacher's file says beside the weights. */
  public ModelInfo info() {
    return loaded.info();
  }

  @Override
  public List<String> classNames() {
    return info().classNames();
  }

  @Override
  public Tensor logits(Ops ops, Tensor images) {
    Logits logits = inference.logits(loaded.model(), images, ops.arena());
    return logits.distillation() == null
        ? logits.classLogits()
        : ops.mean(logits.classLogits(), logits.distillation());
  }

  @Override
  public Teacher sizedFor(Backend nothing) {
    Model model = info().config().create(nothing, false, 0);
    return new ModelTeacher(new SavedModel.Loaded(model, info()), nothing);
  }

  @Override
  public void close() {
    inference.close();
    loaded.close();
  }
}
