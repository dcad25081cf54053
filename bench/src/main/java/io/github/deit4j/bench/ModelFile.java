package io.github.deit4j.bench;

import io.github.deit4j.backend.Backend;
import io.github.deit4j.deit.ClassNames;
import io.github.deit4j.deit.DeiT;
import io.github.deit4j.deit.DeiTConfig;
import io.github.deit4j.deit.DeiTInit;
import io.github.deit4j.deit.ModelInfo;
import io.github.deit4j.deit.Preprocessing;
import io.github.deit4j.export.ExportFormat;
import java.io.IOException;
import java.nio.file.Path;

/** The benchmarks' models as files. */
public final class ModelFile {
  private ModelFile() {}

  /**
   * Writes a model with the weights that it has in every benchmark.
   *
   * @param name registered name
   * @throws IOException if the file cannot be written
   */
  public static void write(Backend backend, String name, ExportFormat format, Path file)
      throws IOException {
    DeiTConfig config = DeiTConfig.named(name);
    ModelInfo info =
        new ModelInfo(
            config,
            ClassNames.unnamed(config.classes()),
            Preprocessing.imagenet(config.imageSize()));
    try (DeiT model = new DeiT(backend, config, false, 0)) {
      DeiTInit.initialize(model, backend, BenchmarkData.SEED);
      format.write(file, backend, model, info);
    }
  }
}
