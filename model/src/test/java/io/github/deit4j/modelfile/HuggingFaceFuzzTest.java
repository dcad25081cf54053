package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.testing.FuzzedFormat;
import io.github.deit4j.testing.Models;
import io.github.deit4j.vit.VisionTransformer;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A folder of the Hugging Face hub: an input is either of its descriptions. */
class HuggingFaceFuzzTest extends FuzzedFormat {
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";

  private Path model;
  private byte[] config;
  private byte[] preprocessor;

  @Override
  protected List<byte[]> examples() throws IOException {
    model = folder().resolve("model");
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer vit = Models.random(backend, Models.DISTILLED, 8)) {
      ExportFormat.HUGGINGFACE.write(model, backend, vit, Models.info(Models.DISTILLED));
    }
    config = Files.readAllBytes(model.resolve(CONFIG));
    preprocessor = Files.readAllBytes(model.resolve(PREPROCESSOR));
    return List.of(config, preprocessor);
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    boolean asConfig = reads(content, preprocessor);
    return reads(config, content) || asConfig;
  }

  private boolean reads(byte[] first, byte[] second) throws IOException {
    Files.write(model.resolve(CONFIG), first);
    Files.write(model.resolve(PREPROCESSOR), second);
    try {
      SavedModel.readInfo(ModelSource.of(model)).preprocessing().evaluation();
      return true;
    } catch (FormatException | JsonException e) {
      assertThat(e).hasMessageContaining(model.toString());
      return false;
    }
  }
}
