package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.random.Philox;
import io.github.deit4j.testing.Models;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CropRoundingTest {
  private static final String ROUNDING = "preprocessing.crop-rounding";

  @TempDir Path dir;

  private static ModelInfo info(Rounding rounding) {
    return new ModelInfo(
        Models.PLAIN,
        ClassNames.unnamed(Models.PLAIN.classes()),
        new Preprocessing(
            Models.PLAIN.imageSize(), 3, Normalize.IMAGENET, 1, Interpolation.BICUBIC, rounding));
  }

  private Preprocessing stored(Map<String, String> metadata) throws IOException {
    Path file = dir.resolve("model.safetensors");
    try (Backend backend = new CpuBackend(1);
        Model model = Models.random(backend, Models.PLAIN, 1)) {
      SavedModel.writeTensors(file, backend, metadata, model.tensors());
    }
    ModelSource source = new ModelSource(file, OptionalInt.of(Models.PLAIN.heads()));
    return SavedModel.readInfo(source).preprocessing();
  }

  @ParameterizedTest
  @EnumSource(Rounding.class)
  void theMiddleSquareIsCutAsTheFileSays(Rounding rounding) throws IOException {
    Preprocessing stored = stored(info(rounding).toMetadata());
    assertThat(stored.rounding()).isEqualTo(rounding);
    int size = stored.size();
    byte[] pixels = new byte[3 * size * (size + 1)];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i % (size + 1));
    }
    Image wide = new Image(3, size, size + 1, pixels);
    Image seen = stored.evaluation().apply(wide, new Philox(0, 0, 0, 0));
    assertThat(seen.pixels()[0]).isEqualTo((byte) (rounding == Rounding.UP ? 1 : 0));
    assertThat(stored.withSize(8).rounding()).isEqualTo(rounding);
  }

  @Test
  void filesWithoutTheKeyRoundToEvenAndKeepTheirBytes() throws IOException {
    Map<String, String> even = info(Rounding.EVEN).toMetadata();
    assertThat(even).doesNotContainKey(ROUNDING);
    assertThat(info(Rounding.UP).toMetadata()).containsEntry(ROUNDING, "up");
    assertThat(stored(even).rounding()).isEqualTo(Rounding.EVEN);
  }

  @Test
  void weightsWithoutMetadataAreEvaluatedAsTheReferenceDoes() throws IOException {
    assertThat(stored(Map.of()).rounding()).isEqualTo(Rounding.UP);
  }

  @Test
  void refusesAnotherRounding() {
    Map<String, String> metadata = new TreeMap<>(info(Rounding.UP).toMetadata());
    metadata.put(ROUNDING, "down");
    assertThatThrownBy(() -> stored(metadata))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("expected one of [even, up], found \"down\"");
  }
}
