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
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;

/**
 * A folder of the Hugging Face hub: an input is either of its descriptions. The weights beside it,
 * which {@link ModelFileFuzzTest} attacks, are opened once: to read the names of all tensors again
 * would take most of the time.
 */
class HuggingFaceFuzzTest extends FuzzedFormat {
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";

  /** Has the preprocessor's description as it was written. */
  private Path withConfig;

  /** Has the model's. */
  private Path withPreprocessor;

  private SavedModel model;

  @Override
  protected List<byte[]> examples() throws IOException {
    withConfig = folder().resolve("config");
    withPreprocessor = folder().resolve("preprocessor");
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer vit = Models.random(backend, Models.DISTILLED, 8)) {
      for (Path folder : List.of(withConfig, withPreprocessor)) {
        ExportFormat.HUGGINGFACE.write(folder, backend, vit, Models.info(Models.DISTILLED));
      }
    }
    model = SavedModel.open(ModelSource.of(withConfig));
    return List.of(
        Files.readAllBytes(withConfig.resolve(CONFIG)),
        Files.readAllBytes(withPreprocessor.resolve(PREPROCESSOR)));
  }

  @AfterAll
  void closeWeights() {
    model.close();
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    boolean asConfig = reads(withConfig, CONFIG, content);
    return reads(withPreprocessor, PREPROCESSOR, content) || asConfig;
  }

  private boolean reads(Path folder, String file, byte[] content) throws IOException {
    Files.write(folder.resolve(file), content);
    var description =
        new HuggingFaceFolder(folder, model.weights(), model.info().config().family());
    try {
      description.describe(OptionalInt.empty()).info().preprocessing().evaluation();
      return true;
    } catch (FormatException | JsonException e) {
      assertThat(e).hasMessageContaining(folder.toString());
      return false;
    }
  }
}
