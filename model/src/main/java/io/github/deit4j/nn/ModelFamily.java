package io.github.deit4j.nn;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * A kind of models: all that has to be asked before there is one. It finds the configuration, from
 * a name, a recipe, a description or tensors; {@link ModelConfig} answers for sizes, {@link Model}
 * for weights. Nothing else in the library tells families apart.
 */
public interface ModelFamily {
  /** Returns the name for people, such as {@code DeiT}. */
  String name();

  /** Returns the names of the registered models, as timm has them. */
  List<String> models();

  /** Returns the model name of recipes that set all hyperparameters, such as {@code custom}. */
  String custom();

  /** Returns what recipes may set, in the order in which they are written. */
  List<Hyperparameter<?>> hyperparameters();

  /**
   * Returns the hyperparameters of a registered model; images as it was published for.
   *
   * @throws IllegalArgumentException if no model has that name; lists those there are
   */
  Hyperparameter.Values named(String model);

  /**
   * Returns the hyperparameters that {@link #configure} makes a configuration of this family from;
   * empty where there are none.
   */
  Optional<Hyperparameter.Values> values(ModelConfig config);

  /** Returns whether normalisation mixes the images of a batch in training, as batch norm does. */
  default boolean mixesImages() {
    return false;
  }

  /** Returns whether recipes may give a registered model another value than it has. */
  default boolean isFree(Hyperparameter<?> key) {
    return false;
  }

  /**
   * A hyperparameter that does not go with the others.
   *
   * @param expected what would, in words
   */
  record Misfit(Hyperparameter<?> key, String expected) {}

  /** Returns what in these hyperparameters, each in its range, does not fit the others. */
  default Optional<Misfit> misfit(Hyperparameter.Values values) {
    return Optional.empty();
  }

  /**
   * Returns the configuration with these hyperparameters.
   *
   * @throws IllegalArgumentException if they do not go with each other
   */
  ModelConfig configure(Hyperparameter.Values values, int classes);

  /**
   * Returns the configuration of a registered name, for ImageNet's 1000 classes.
   *
   * @throws IllegalArgumentException if no model has that name; lists those there are
   */
  default ModelConfig config(String model) {
    return configure(named(model), 1000);
  }

  /**
   * Reads what {@link ModelConfig#toJson} writes.
   *
   * @return empty if a description with these keys is of another family
   * @throws IllegalArgumentException if the sizes do not go with each other
   */
  Optional<ModelConfig> fromJson(JsonValue sizes) throws JsonException;

  /** Returns a tensor by which people may know the family's files, by timm's name. */
  String landmark();

  /**
   * Returns whose names a file's tensors have: timm's or another library's.
   *
   * @return empty if they are of no model of this family
   * @throws IllegalArgumentException if they are of a variant that cannot be used
   */
  Optional<TensorNames> recognize(Set<String> tensors);

  /** Returns torchvision's names; empty if it has no such models. */
  default Optional<TensorNames> torchvision() {
    return Optional.empty();
  }

  /**
   * Infers a configuration from tensors.
   *
   * @param shapes gives the shape of a tensor by timm's name; null if there is none
   * @param heads attention heads, where they are known
   * @throws IllegalArgumentException if they are of no such model, or leave a size open
   */
  ModelConfig infer(Function<String, Shape> shapes, OptionalInt heads);

  /**
   * Returns the shape of a tensor that every model of the family has.
   *
   * @param shapes as for {@link #infer}
   * @throws IllegalArgumentException if there is none, or one of another rank
   */
  default Shape requireShape(Function<String, Shape> shapes, String name, int rank) {
    Shape shape = shapes.apply(name);
    if (shape == null || shape.rank() != rank) {
      throw new IllegalArgumentException(
          "expected a %s's tensor %s with %d dimensions, found %s"
              .formatted(name(), name, rank, shape == null ? "no such tensor" : "shape " + shape));
    }
    return shape;
  }

  /**
   * Reads a {@code config.json} of Hugging Face's transformers.
   *
   * @param shapes as for {@link #infer}, which the description must not contradict
   * @param heads what the user says, which it must not contradict either
   * @throws IllegalArgumentException if it does, or transformers has no such models
   */
  ModelConfig fromHuggingFace(JsonValue config, Function<String, Shape> shapes, OptionalInt heads)
      throws JsonException;

  /** Returns what prepares images for a model with this {@code config.json}. */
  HuggingFaceModel.ImageProcessor imageProcessor(JsonValue config) throws JsonException;

  /** Returns whether a tensor belongs to a head, and so depends on the classes. */
  default boolean isOfHead(String tensor) {
    return tensor.startsWith("head.");
  }

  /** Returns keys of {@link ModelConfig#toJson} in which fine-tuning may differ from its start. */
  default Set<String> tunable() {
    return Set.of("image-size", "classes");
  }

  /** Returns the crop ratio of the evaluation with which the family was published. */
  default double cropRatio() {
    return 0.875;
  }

  /** Refuses a name that no model of the family has. */
  default IllegalArgumentException unknown(String model) {
    return new IllegalArgumentException(
        "model '" + model + "' is not known: expected one of " + String.join(", ", models()));
  }
}
