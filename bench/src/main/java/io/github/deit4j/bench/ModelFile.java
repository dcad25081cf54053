package io.github.deit4j.bench;

import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.device.Backend;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;

/** The benchmarks' models as files. */
public final class ModelFile {
  private ModelFile() {}

  /**
   * Writes a model with the weights that it has in every benchmark.
   *
   * @param name a name of {@link BenchmarkModels}
   * @throws IOException if the file cannot be written
   */
  public static void write(Backend backend, String name, ExportFormat format, Path file)
      throws IOException {
    ModelConfig config = BenchmarkModels.config(name);
    ModelInfo info =
        new ModelInfo(config, ClassNames.unnamed(config.classes()), preprocessing(config));
    try (Model model = BenchmarkModels.create(backend, config, false)) {
      format.write(file, backend, model, info);
    }
  }

  /** The benchmarks' images are normalised already; a file has to say something. */
  private static Preprocessing preprocessing(ModelConfig config) {
    return config.channels() == 1
        ? new Preprocessing(
            config.imageSize(), 1, new FashionMnist().normalize(), 1, Interpolation.BICUBIC)
        : Preprocessing.imagenet(config.imageSize());
  }
}
