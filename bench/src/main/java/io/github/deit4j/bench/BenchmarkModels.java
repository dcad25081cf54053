package io.github.deit4j.bench;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.ModelFamilies;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.recipe.Recipe;
import java.util.List;
import java.util.stream.Stream;

/**
 * The whole models that are measured, by name: the registered ones, and the model of the recipe
 * {@code fashion-mnist-convnet} for RegNetY on small images (28 pixels, one channel, ten classes, a
 * stem of stride 1).
 */
public final class BenchmarkModels {
  private static final String SMALL_IMAGES = "fashion-mnist-convnet";
  private static final int SMALL_IMAGES_CLASSES = 10;

  private BenchmarkModels() {}

  /** Returns all names. */
  static List<String> names() {
    return Stream.concat(ModelFamilies.models().stream(), Stream.of(SMALL_IMAGES)).toList();
  }

  /**
   * Returns a model's sizes.
   *
   * @throws IllegalArgumentException if no model has that name
   */
  public static ModelConfig config(String name) {
    if (name.equals(SMALL_IMAGES)) {
      return Recipe.load(SMALL_IMAGES, List.of()).modelConfig(SMALL_IMAGES_CLASSES);
    }
    return ModelFamilies.config(name);
  }

  /**
   * Creates a model with the weights that it has in every benchmark: its first ones, but that
   * normalisations whose weights begin as zeros get ones, since with zeros a block's branch would
   * not reach the numbers by which peers are checked.
   *
   * @param trainable whether there is room for gradients
   */
  static Model create(Backend backend, ModelConfig config, boolean trainable) {
    Model model = config.create(backend, trainable, 0);
    model.initialize(backend, BenchmarkData.SEED);
    for (Parameter parameter : model.parameters()) {
      if (parameter.name().endsWith(".conv3.bn.weight")) {
        backend.fill(parameter.value(), 1f);
      }
    }
    return model;
  }
}
