package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.modelfile.BatchCounters;
import io.github.deit4j.regnet.RegNet;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.regnet.RegNetNames;
import io.github.deit4j.testing.Models;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A RegNetY on its way to other libraries and back. */
class ExportRegNetTest {
  private static final String COUNTER = "s1.b2.conv1.bn.num_batches_tracked";
  private static final long BATCHES = 1_234_567_890_123L;

  @TempDir Path dir;
  private Path weights;

  @BeforeEach
  void makeModel() throws IOException {
    weights = save("model.safetensors", Models.REGNET);
  }

  private Path save(String name, RegNetConfig config) throws IOException {
    Path file = dir.resolve(name);
    try (Backend backend = Backends.select("cpu", 1).backend();
        RegNet model = Models.regNet(backend, config, 4)) {
      Map<String, Long> counters = BatchCounters.of(model);
      counters.put(COUNTER, BATCHES);
      ExportFormat.TIMM.write(file, backend, model, Models.info(config), counters);
    }
    return file;
  }

  private static Cli export(Path weights, String format, Path out) {
    return Cli.run("export", "--weights", weights, "--format", format, "--out", out);
  }

  @ParameterizedTest
  @CsvSource({
    "timm,TIMM,",
    "torchvision,TORCHVISION,",
    "huggingface,HUGGING_FACE,model.safetensors"
  })
  void goesToALibraryAndComesBackTheSame(String format, RegNetNames names, String file)
      throws IOException {
    Path out = dir.resolve(format);
    Cli result = export(weights, format, out);
    assertThat(result.code()).as(result.err()).isZero();
    try (WeightFile exported = WeightFile.open(file == null ? out : out.resolve(file))) {
      assertThat(exported.tensors()).containsKey(names.of("s2.b1.downsample.conv.weight"));
      assertThat(exported.longs(names.of(COUNTER))).containsExactly(BATCHES);
      assertThat(exported.longs(names.of("stem.bn.num_batches_tracked"))).containsExactly(0);
    }
    Path back = dir.resolve("back.safetensors");
    assertThat(export(out, "timm", back).code()).isZero();
    assertThat(back).hasSameBinaryContentAs(weights);
  }

  @Test
  void huggingFaceFolderSaysTheSizes() throws IOException {
    Path out = dir.resolve("folder");
    assertThat(export(weights, "huggingface", out).code()).isZero();
    JsonValue config = Json.read(out.resolve("config.json"));
    assertThat(config.get("model_type").asString()).isEqualTo("regnet");
    assertThat(config.get("embedding_size").asInt()).isEqualTo(8);
    assertThat(config.get("hidden_sizes").asInts()).containsExactly(8, 12);
    assertThat(config.get("depths").asInts()).containsExactly(2, 1);
    assertThat(config.get("groups_width").asInt()).isEqualTo(4);
    JsonValue processor = Json.read(out.resolve("preprocessor_config.json"));
    assertThat(processor.get("size").get("shortest_edge").asInt()).isEqualTo(20);
    assertThat(processor.get("crop_pct").asDouble()).isEqualTo(0.875);
    assertThat(processor.get("crop_rounding").asString()).isEqualTo("up");
  }

  @Test
  void whatALibraryHasNoPlaceForIsRefused() throws IOException {
    Path small =
        save("small.safetensors", new RegNetConfig(20, 3, 6, 8, 1, Models.REGNET.stages()));
    Path out = dir.resolve("refused");
    Cli stride = export(small, "huggingface", out);
    assertThat(stride.code()).isEqualTo(2);
    assertThat(stride.err()).contains("stem of stride 2, this 1");
    List<Stage> stages = List.of(new Stage(2, 8, 4), new Stage(1, 12, 6));
    Cli groups =
        export(
            save("groups.safetensors", new RegNetConfig(20, 3, 6, 8, 2, stages)),
            "huggingface",
            out);
    assertThat(groups.code()).isEqualTo(2);
    assertThat(groups.err()).contains("groups of one width, this of [4, 6]");
    Path deit = TinyModel.save(dir.resolve("deit.safetensors"), List.of("bee", "cat"));
    Cli family = export(deit, "torchvision", out);
    assertThat(family.code()).isEqualTo(2);
    assertThat(family.err()).contains("torchvision has no DeiT, only RegNetY");
    assertThat(out).doesNotExist();
  }
}
