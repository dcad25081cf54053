package io.github.deit4j.modelfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.regnet.RegNet;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.testing.Models;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.vit.VisionTransformer;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.SafetensorsWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders of the Hugging Face hub: our own exports, and what others write. */
class HuggingFaceFolderTest {
  @TempDir Path dir;
  private Path folder;

  @BeforeEach
  void exportAModel() throws IOException {
    folder = export(Models.PLAIN, "plain");
  }

  private Path export(ViTConfig config, String name) throws IOException {
    Path out = dir.resolve(name);
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model = Models.random(backend, config, 8)) {
      ExportFormat.HUGGINGFACE.write(out, backend, model, Models.info(config));
    }
    return out;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWeExportComesBackBitForBit(boolean distilled) throws IOException {
    ViTConfig config = distilled ? Models.DISTILLED : Models.PLAIN;
    ModelSource exported = ModelSource.of(export(config, "there and back"));
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model = Models.random(backend, config, 8);
        SavedModel.Loaded loaded = SavedModel.load(exported, backend)) {
      assertThat(loaded.info().config()).isEqualTo(config);
      assertThat(loaded.info().classNames()).isEqualTo(ClassNames.unnamed(config.classes()));
      Preprocessing expected = Models.info(config).preprocessing();
      assertThat(loaded.info().preprocessing().normalize().mean())
          .isEqualTo(expected.normalize().mean());
      assertThat(loaded.info().preprocessing().resizedSide()).isEqualTo(expected.resizedSide());
      float[] images = Models.images(config, 2, 9);
      LogitRows back = Models.logits(backend, loaded.model(), images);
      LogitRows there = Models.logits(backend, model, images);
      assertThat(back.classRows()).isEqualTo(there.classRows());
      assertThat(back.distillationRows()).isEqualTo(there.distillationRows());
    }
    assertThat(SavedModel.warnings(exported)).isEmpty();
  }

  private void preprocessor(String json) throws IOException {
    Files.writeString(folder.resolve("preprocessor_config.json"), json);
  }

  private Preprocessing preprocessing() throws IOException {
    return SavedModel.readInfo(ModelSource.of(folder)).preprocessing();
  }

  /** facebook/deit-base-patch16-224 and its like. */
  @Test
  void normalisationIsHonouredAndDoubted() throws IOException {
    preprocessor(
        """
        {"do_normalize": true, "do_resize": true, "feature_extractor_type": "ViTFeatureExtractor",
         "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": 24}
        """);
    assertThat(preprocessing().normalize().mean()).containsExactly(0.5f, 0.5f, 0.5f);
    assertThat(preprocessing().interpolation()).isEqualTo(Interpolation.BILINEAR);
    assertThat(preprocessing().resizedSide()).isEqualTo(24);
    assertThat(SavedModel.warnings(ModelSource.of(folder)))
        .singleElement()
        .asString()
        .contains("preprocessor_config.json", "wrong", "[0.485, 0.456, 0.406]");
  }

  @Test
  void oldAndNewWaysToSayASizeAreRead() throws IOException {
    preprocessor("{\"size\": 27, \"do_center_crop\": true, \"crop_size\": 24, \"resample\": 3}");
    assertThat(preprocessing().resizedSide()).isEqualTo(27);
    assertThat(preprocessing().interpolation()).isEqualTo(Interpolation.BICUBIC);
    preprocessor(
        "{\"size\": {\"shortest_edge\": 30}, \"crop_size\": {\"height\": 24, \"width\": 24}}");
    assertThat(preprocessing().resizedSide()).isEqualTo(30);
    preprocessor("{\"size\": {\"height\": 24, \"width\": 24}, \"do_normalize\": false}");
    assertThat(preprocessing().normalize().std()).containsExactly(1f, 1f, 1f);
  }

  @ParameterizedTest
  @ValueSource(ints = {224, 384, 160, 320, 17})
  void cropRatioGivesTheSideBack(int size) {
    for (int resized = size; resized < 2 * size; resized++) {
      double ratio = Preprocessing.cropRatio(size, resized);
      assertThat((int) (size / ratio)).isEqualTo(resized);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"vit\"               | \"bert\"        | model_type deit or vit",
        "\"hidden_size\": 24   | \"hidden_size\": 48 | hidden_size 24",
        "\"image_size\": 24    | \"image_size\": 32  | image_size 24",
        "\"hidden_act\": \"gelu\" | \"hidden_act\": \"relu\" | hidden_act gelu",
        "\"num_hidden_layers\": 2 | \"num_hidden_layers\": 3 | num_hidden_layers 2",
        "1.0E-6                | 1e-3            | layer_norm_eps"
      })
  void contradictionsAreNamed(String from, String to, String expected) throws IOException {
    Path config = folder.resolve("config.json");
    String json = Files.readString(config);
    assertThat(json).contains(from);
    Files.writeString(config, json.replace(from, to));
    assertThatThrownBy(() -> SavedModel.readInfo(ModelSource.of(folder)))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("config.json", expected);
  }

  @Test
  void headsMustBeThoseOfTheConfiguration() {
    ModelSource four = new ModelSource(folder, OptionalInt.of(4));
    assertThatThrownBy(() -> SavedModel.readInfo(four))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("num_attention_heads 4, found 3");
  }

  @Test
  void theLibrarysEpsilonStandsForOurs() throws IOException {
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("1.0E-6", "1e-12"));
    assertThat(SavedModel.readInfo(ModelSource.of(folder)).config()).isEqualTo(Models.PLAIN);
  }

  @Test
  void foldersWithoutWeightsAreNamed() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    assertThatThrownBy(() -> SavedModel.readInfo(ModelSource.of(folder)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(folder + ": expected a folder with model.safetensors");
  }

  /** Its distillation token takes part but has no head: no model of ours. */
  @Test
  void modelsWithAnUnusedTokenAreRefused() throws IOException {
    Path file = dir.resolve("one-head.safetensors");
    SafetensorsWriter.write(
        file,
        Map.of(),
        List.of(
            SafetensorsWriter.Entry.of("deit.layernorm.bias", Shape.of(1), new float[1]),
            SafetensorsWriter.Entry.of("classifier.weight", Shape.of(1, 1), new float[1])));
    assertThatThrownBy(() -> SavedModel.readInfo(ModelSource.of(file)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("found DeiTForImageClassification,");
  }

  @Test
  void descriptionsOfAnyLengthDoNotFillTheMemory() throws IOException {
    try (var config = new RandomAccessFile(folder.resolve("config.json").toFile(), "rw")) {
      config.setLength(1L << 40); // takes no room on the disk
    }
    assertThatThrownBy(() -> SavedModel.readInfo(ModelSource.of(folder)))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("expected at most");
  }

  /** timm's models on the hub: timm's names, another form of config.json. */
  @Test
  void timmFoldersSayTheirPreprocessing() throws IOException {
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model = Models.random(backend, Models.PLAIN, 8)) {
      SavedModel.writeTensors(
          folder.resolve("model.safetensors"), backend, Map.of("format", "pt"), model.tensors());
    }
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"architecture": "deit_tiny_patch16_224", "num_classes": 7, "pretrained_cfg":
          {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, 0.2], "crop_pct": 0.9,
           "interpolation": "bicubic"}}
        """);
    ModelInfo info = SavedModel.readInfo(new ModelSource(folder, OptionalInt.of(3)));
    assertThat(info.config()).isEqualTo(Models.PLAIN);
    assertThat(info.preprocessing().normalize().mean()).containsExactly(0.4f, 0.5f, 0.6f);
    assertThat(info.preprocessing().resizedSide()).isEqualTo(26);
  }

  private Path exportRegNet() throws IOException {
    Path out = dir.resolve("regnet");
    try (Backend backend = Backends.select("cpu", 1).backend();
        RegNet model = Models.regNet(backend, Models.REGNET, 8)) {
      ExportFormat.HUGGINGFACE.write(out, backend, model, Models.info(Models.REGNET));
    }
    return out;
  }

  @Test
  void aRegNetComesBackBitForBit() throws IOException {
    try (Backend backend = Backends.select("cpu", 1).backend();
        RegNet model = Models.regNet(backend, Models.REGNET, 8);
        SavedModel.Loaded loaded = SavedModel.load(ModelSource.of(exportRegNet()), backend)) {
      assertThat(loaded.info().config()).isEqualTo(Models.REGNET);
      Preprocessing expected = Models.info(Models.REGNET).preprocessing();
      assertThat(loaded.info().preprocessing().resizedSide()).isEqualTo(expected.resizedSide());
      assertThat(loaded.info().preprocessing().normalize().std())
          .isEqualTo(expected.normalize().std());
      float[] images = Models.images(Models.REGNET, 2, 9);
      assertThat(Models.logits(backend, loaded.model(), images).classRows())
          .isEqualTo(Models.logits(backend, model, images).classRows());
    }
  }

  /** As facebook/regnet-y-040 has it; from 384 pixels on this processor crops nothing. */
  @ParameterizedTest
  @CsvSource({"224, 256", "384, 384"})
  void aRegNetsProcessorKeepsTheAspectRatio(int size, int resized) throws IOException {
    folder = exportRegNet();
    preprocessor(
        """
        {"crop_pct": 0.875, "do_normalize": true, "feature_extractor_type":
          "ConvNextFeatureExtractor", "image_mean": [0.485, 0.456, 0.406], "image_std":
          [0.229, 0.224, 0.225], "resample": 3, "size": %d}
        """
            .formatted(size));
    assertThat(preprocessing().size()).isEqualTo(size);
    assertThat(preprocessing().resizedSide()).isEqualTo(resized);
    assertThat(preprocessing().interpolation()).isEqualTo(Interpolation.BICUBIC);
  }

  @ParameterizedTest
  @CsvSource({
    "'\"layer_type\": \"y\"', '\"layer_type\": \"x\"', layer_type y",
    "'\"model_type\": \"regnet\"', '\"model_type\": \"resnet\"', model_type regnet",
    "'\"downsample_in_first_stage\": true', '\"downsample_in_first_stage\": false',"
        + " downsample_in_first_stage true"
  })
  void otherRegNetsAreRefused(String from, String to, String expected) throws IOException {
    folder = exportRegNet();
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace(from, to));
    assertThatThrownBy(() -> SavedModel.readInfo(ModelSource.of(folder)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void timmFoldersOfARegNetSayTheImageSize() throws IOException {
    try (Backend backend = Backends.select("cpu", 1).backend();
        RegNet model = Models.regNet(backend, Models.REGNET, 8)) {
      SavedModel.writeTensors(
          folder.resolve("model.safetensors"), backend, Map.of(), model.tensors());
    }
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"architecture": "regnety_040", "num_classes": 6, "pretrained_cfg":
          {"input_size": [3, 20, 20], "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, 0.2],
           "crop_pct": 0.8, "interpolation": "bicubic"}}
        """);
    ModelInfo info = SavedModel.readInfo(ModelSource.of(folder));
    assertThat(info.config()).isEqualTo(Models.REGNET);
    assertThat(info.preprocessing().resizedSide()).isEqualTo(25);
  }
}
