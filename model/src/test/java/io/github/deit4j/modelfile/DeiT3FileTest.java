package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.testing.Models;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.PositionEmbedding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A DeiT III in files of every origin. */
class DeiT3FileTest {
  private static final ViTConfig CONFIG = Models.DEIT3;

  @TempDir Path dir;
  private final Backend backend = new CpuBackend(1);
  private Model model;

  @BeforeEach
  void makeModel() {
    model = Models.random(backend, CONFIG, 8);
  }

  @AfterEach
  void close() {
    model.close();
    backend.close();
  }

  private void assertSame(SavedModel.Loaded loaded) {
    float[] images = Models.images(CONFIG, 2, 9);
    LogitRows back = Models.logits(backend, loaded.model(), images);
    assertThat(back.classRows()).isEqualTo(Models.logits(backend, model, images).classRows());
    assertThat(loaded.info().config()).isEqualTo(CONFIG);
  }

  private Path write(String name, Map<String, Tensor> tensors) throws IOException {
    Path file = dir.resolve(name);
    SavedModel.writeTensors(file, backend, Map.of(), tensors);
    return file;
  }

  private static ModelSource withHeads(Path file) {
    return new ModelSource(file, OptionalInt.of(CONFIG.heads()));
  }

  @Test
  void ourOwnFileSaysAllByItself() throws IOException {
    Path file = dir.resolve("own.safetensors");
    SavedModel.save(file, backend, model, Models.info(CONFIG));
    try (SavedModel.Loaded loaded = SavedModel.load(ModelSource.of(file), backend)) {
      assertSame(loaded);
      Path again = dir.resolve("again.safetensors");
      SavedModel.save(again, backend, loaded.model(), loaded.info());
      assertThat(again).hasSameBinaryContentAs(file);
    }
    assertThatThrownBy(
            () -> SavedModel.readInfo(new ModelSource(file, OptionalInt.of(CONFIG.heads() + 1))))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("metadata that say " + CONFIG.heads());
  }

  /** It is evaluated as it was published: on the whole image. */
  @Test
  void timmsFileIsKnownByItsTensors() throws IOException {
    Path file = write("timm.safetensors", model.tensors());
    try (SavedModel.Loaded loaded = SavedModel.load(withHeads(file), backend)) {
      assertSame(loaded);
      assertThat(loaded.info().preprocessing().resizedSide()).isEqualTo(CONFIG.imageSize());
    }
  }

  @Test
  void theReferenceCodesFileHasOtherNames() throws IOException {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    model
        .tensors()
        .forEach(
            (name, tensor) ->
                renamed.put(
                    name.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"), tensor));
    assertThat(renamed).containsKey("blocks.1.gamma_2").hasSameSizeAs(model.tensors());
    Path file = write("original.safetensors", renamed);
    try (SavedModel.Loaded loaded = SavedModel.load(withHeads(file), backend)) {
      assertSame(loaded);
    }
  }

  private Path folder(String config) throws IOException {
    Path folder = Files.createDirectories(dir.resolve("hub"));
    write("hub/model.safetensors", model.tensors());
    Files.writeString(folder.resolve("config.json"), config);
    return folder;
  }

  @Test
  void timmsFolderOfTheHubSaysItsPreprocessing() throws IOException {
    Path folder =
        folder(
            """
            {"architecture": "deit3_small_patch16_224", "num_classes": 7, "pretrained_cfg":
              {"input_size": [3, 24, 24], "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, 0.2],
               "crop_pct": 0.9, "interpolation": "bicubic"}}
            """);
    try (SavedModel.Loaded loaded = SavedModel.load(withHeads(folder), backend)) {
      assertSame(loaded);
      assertThat(loaded.info().preprocessing().resizedSide()).isEqualTo(26);
    }
  }

  @Test
  void transformersHasNoSuchModel() throws IOException {
    Path folder = folder("{\"model_type\": \"vit\", \"num_attention_heads\": 3}");
    assertThatThrownBy(() -> SavedModel.readInfo(ModelSource.of(folder)))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("config.json", "transformers has no DeiT III");
  }

  /** The whole table is resized, since no token in front of the patches has a row in it. */
  @Test
  void anotherResolutionResizesAllPositions() throws IOException {
    Path file = dir.resolve("own.safetensors");
    SavedModel.save(file, backend, model, Models.info(CONFIG));
    int now = CONFIG.imageSize() / CONFIG.patchSize() + 2;
    var method = PositionEmbedding.Method.BICUBIC;
    try (SavedModel.Loaded loaded =
        PretrainedWeights.loadResized(
            ModelSource.of(file), backend, now * CONFIG.patchSize(), method)) {
      float[] before = backend.toArray(model.tensors().get("pos_embed"));
      float[] expected =
          PositionEmbedding.resize(
              before,
              0,
              new PositionEmbedding.PatchGrid(now - 2, now - 2),
              new PositionEmbedding.PatchGrid(now, now),
              CONFIG.width(),
              method);
      assertThat(backend.toArray(loaded.model().tensors().get("pos_embed"))).isEqualTo(expected);
      assertThat(backend.toArray(loaded.model().tensors().get("cls_token")))
          .isEqualTo(backend.toArray(model.tensors().get("cls_token")));
    }
  }

  @Test
  void missingLayerScalesAreNamed() throws IOException {
    Map<String, Tensor> fewer = new LinkedHashMap<>(model.tensors());
    fewer.remove("blocks.1.ls2.gamma");
    Path file = write("fewer.safetensors", fewer);
    assertThatThrownBy(() -> SavedModel.load(withHeads(file), backend))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("missing: \"blocks.1.ls2.gamma\"");
  }
}
