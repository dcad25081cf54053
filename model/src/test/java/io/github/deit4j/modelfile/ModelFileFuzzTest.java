package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.testing.FuzzedFormat;
import io.github.deit4j.testing.Models;
import io.github.deit4j.vit.VisionTransformer;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** A model that a file of ours describes is loaded, or the file is named. */
class ModelFileFuzzTest extends FuzzedFormat {
  private final Backend backend = Backends.select("cpu", 1).backend();

  @Override
  protected List<byte[]> examples() throws IOException {
    Path path = folder().resolve("seed.safetensors");
    try (VisionTransformer model = Models.random(backend, Models.DISTILLED, 8)) {
      SavedModel.save(path, backend, model, Models.info(Models.DISTILLED));
    }
    byte[] vit = Files.readAllBytes(path);
    try (var model = Models.regNet(backend, Models.REGNET, 8)) {
      SavedModel.save(path, backend, model, Models.info(Models.REGNET));
    }
    return List.of(vit, Files.readAllBytes(path), Arrays.copyOf(vit, 100));
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    Path path = Files.write(folder().resolve("fuzz.safetensors"), content);
    try (SavedModel.Loaded loaded = SavedModel.load(ModelSource.of(path), backend)) {
      ModelInfo info = loaded.info();
      assertThat(info.classNames()).hasSize(info.config().classes());
      info.preprocessing().evaluation();
      return true;
    } catch (FormatException | JsonException e) {
      assertThat(e).hasMessageContaining(path.toString());
      return false;
    }
  }

  @AfterAll
  void close() {
    backend.close();
  }
}
