package io.github.deit4j.nn;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.onnx.OnnxGraph;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A classifier of images. Owns the memory of its parameters until closed. Forward passes of
 * evaluation change nothing in it, so threads may share a model that nobody trains.
 */
public interface Model extends AutoCloseable {
  /** Returns the model's sizes. */
  ModelConfig config();

  /** Returns all parameters, always in the same order, under timm's names. */
  List<Parameter> parameters();

  /**
   * Returns what belongs to the model but is learned without gradients, such as the running
   * statistics of batch normalisation; always in the same order, under timm's names.
   */
  default List<Parameter> buffers() {
    return List.of();
  }

  /** Returns the values of parameters, then buffers, by name: what files hold. */
  default Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    parameters().forEach(parameter -> tensors.put(parameter.name(), parameter.value()));
    buffers().forEach(buffer -> tensors.put(buffer.name(), buffer.value()));
    return tensors;
  }

  /** Gives every parameter and buffer its first value, drawn from the seed. */
  void initialize(Backend backend, long seed);

  /**
   * Computes the logits of every head.
   *
   * @param images [B, channels, imageSize, imageSize], normalised
   * @throws ShapeException if the images have other sizes than the model
   */
  default Logits forward(ForwardPass pass, Tensor images) {
    return logits(pass, features(pass, images));
  }

  /**
   * Computes what the heads see of images: all of the model but the heads.
   *
   * @param images [B, channels, imageSize, imageSize], normalised
   * @return for each head [B, width]
   * @throws ShapeException if the images have other sizes than the model
   */
  List<Tensor> features(ForwardPass pass, Tensor images);

  /**
   * Computes the logits of every head from what it sees.
   *
   * @param features as {@link #features} returns them
   */
  Logits logits(ForwardPass pass, List<Tensor> features);

  /**
   * Returns the evaluation as an ONNX graph, from the input {@code images} to the output {@code
   * logits}, of a distilled model the mean of both heads'; its {@code class_logits} and {@code
   * distillation_logits} follow.
   */
  OnnxGraph toOnnx(Backend backend);

  /**
   * Says that the parameters will not change for a while, so that the backend may keep large
   * weights in a faster layout too.
   */
  void prepare(Backend backend);

  /** Frees the parameters. */
  @Override
  void close();

  /**
   * Requires images of a model's sizes.
   *
   * @throws ShapeException if they have others
   */
  static void checkImages(ModelConfig config, Tensor images) {
    int size = config.imageSize();
    if (!images.shape().equals(Shape.of(images.shape().size(0), config.channels(), size, size))) {
      throw new ShapeException(
          "%s: images have shape %s, expected [B, %d, %d, %d]: resize or crop them first"
              .formatted(config.family().name(), images.shape(), config.channels(), size, size));
    }
  }
}
