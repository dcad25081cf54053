package io.github.deit4j.bench.cases;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.device.Backend;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelFamilies;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.vit.ViTConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The models that are measured, by name: the registered ones, and those of the recipes {@code
 * fashion-mnist} and {@code fashion-mnist-convnet}, a DeiT and a RegNetY on small images (28
 * pixels, one channel, ten classes).
 */
public final class BenchmarkModels {
  private static final List<String> SMALL = List.of("fashion-mnist", "fashion-mnist-convnet");
  private static final int SMALL_CLASSES = 10;

  private static final long SEED = 0;

  private BenchmarkModels() {}

  public static List<String> names() {
    return Stream.concat(ModelFamilies.models().stream(), SMALL.stream()).toList();
  }

  public static List<String> transformers() {
    return names().stream().filter(name -> config(name).tokenLayout().isPresent()).toList();
  }

  /** Returns the configuration of one of {@link #transformers}. */
  public static ViTConfig transformer(String name) {
    return (ViTConfig) config(name);
  }

  public static ModelConfig config(String name) {
    return SMALL.contains(name)
        ? Recipe.load(name, List.of()).modelConfig(SMALL_CLASSES)
        : ModelFamilies.config(name);
  }

  /**
   * Creates a model with the weights that it has in every benchmark: its first ones, but that
   * normalisations whose weights begin as zeros get ones, since with zeros a block's branch would
   * not reach the numbers by which peers are checked.
   */
  static Model create(Backend backend, ModelConfig config, boolean trainable) {
    Model model = config.create(backend, trainable, 0);
    model.initialize(backend, SEED);
    for (Parameter parameter : model.parameters()) {
      if (parameter.name().endsWith(".conv3.bn.weight")) {
        backend.fill(parameter.value(), 1f);
      }
    }
    return model;
  }

  /** Writes a model with the weights that it has in every benchmark. */
  public static void write(String name, ExportFormat format, Path file) throws IOException {
    ModelConfig config = config(name);
    // The benchmarks' images are normalised already; a file has to say something.
    Preprocessing preprocessing =
        config.channels() == 1
            ? new Preprocessing(
                config.imageSize(), 1, new FashionMnist().normalize(), 1, Interpolation.BICUBIC)
            : Preprocessing.imagenet(config.imageSize());
    ModelInfo info = new ModelInfo(config, ClassNames.unnamed(config.classes()), preprocessing);
    try (Backend backend = Contestant.CPU.open(0);
        Model model = create(backend, config, false)) {
      format.write(file, backend, model, info);
    }
  }
}
