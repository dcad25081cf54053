package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.testing.ByteMutations;
import io.github.deit4j.testing.Models;
import io.github.deit4j.vit.VisionTransformer;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceFolderMutationTest {
  private static final long SEED = 20261124;
  private static final int ROUNDS = 1000;

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "preprocessor_config.json"})
  void damagedDescriptionsAreReadOrRefused(String name) throws IOException {
    Path folder = dir.resolve("model");
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model = Models.random(backend, Models.DISTILLED, 8)) {
      ExportFormat.HUGGINGFACE.write(folder, backend, model, Models.info(Models.DISTILLED));
    }
    byte[] valid = Files.readAllBytes(folder.resolve(name));
    var random = new SplittableRandom(SEED);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(folder.resolve(name), ByteMutations.mutate(valid, random));
      refused += reads(folder) ? 0 : 1;
    }
    assertThat(refused).isBetween(ROUNDS / 4, ROUNDS - 1);
  }

  /** Any other exception goes through and fails the test. */
  private static boolean reads(Path folder) throws IOException {
    try {
      SavedModel.readInfo(ModelSource.of(folder));
      return true;
    } catch (FormatException | JsonException e) {
      assertThat(e).hasMessageContaining(folder.toString());
      return false;
    }
  }
}
