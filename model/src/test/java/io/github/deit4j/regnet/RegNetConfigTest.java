package io.github.deit4j.regnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.tensor.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegNetConfigTest {
  /** Names, widths, depths and parameters as timm lists them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "002 | 24 56 152 368 | 1 1 4 7 | 3162996",
        "004 | 48 104 208 440 | 1 3 6 6 | 4344144",
        "006 | 48 112 256 608 | 1 3 7 4 | 6055160",
        "008 | 64 128 320 768 | 1 3 8 2 | 6263168",
        "016 | 48 120 336 888 | 2 6 17 2 | 11202430",
        "032 | 72 216 576 1512 | 2 5 13 1 | 19436338",
        "040 | 128 192 512 1088 | 2 6 12 2 | 20646656",
        "064 | 144 288 576 1296 | 2 7 14 2 | 30583252",
        "080 | 168 448 896 2016 | 2 4 10 1 | 39180068",
        "120 | 224 448 896 2240 | 2 5 11 1 | 51822544",
        "160 | 224 448 1232 3024 | 2 4 11 1 | 83590140",
        "320 | 232 696 1392 3712 | 2 5 12 1 | 145046770"
      })
  void theFamilyFollowsFromItsNumbers(String name, String widths, String depths, long parameters) {
    RegNetConfig config = RegNetFamily.INSTANCE.config("regnety_" + name);
    assertThat(config.stages().stream().map(Stage::width).toList()).isEqualTo(numbers(widths));
    assertThat(config.stages().stream().map(Stage::depth).toList()).isEqualTo(numbers(depths));
    assertThat(config.parameterCount()).isEqualTo(parameters);
  }

  private static List<Integer> numbers(String text) {
    return Arrays.stream(text.split(" ")).map(Integer::valueOf).toList();
  }

  @Test
  void theModelHasAsManyParametersAsTheConfigurationSays() {
    var config = new RegNetDesign(16, 9.5, 2, 5, 8).config(28, 1, 10, 1);
    try (Backend backend = new CpuBackend(1);
        RegNet model = new RegNet(backend, config, false, 0)) {
      long parameters = model.parameters().stream().mapToLong(p -> p.value().elements()).sum();
      assertThat(parameters).isEqualTo(config.parameterCount());
      assertThat(model.buffers()).hasSize(2 * (1 + 3 * 5 + config.stages().size()));
    }
  }

  @Test
  void theNamesOfAllLibrariesAreDifferentAndTellTheSizes() {
    var config = new RegNetDesign(16, 9.5, 2, 5, 8).config(224, 3, 10, 2);
    try (Backend backend = new CpuBackend(1);
        RegNet model = new RegNet(backend, config, false, 0)) {
      var shapes = new LinkedHashMap<String, Shape>();
      for (Parameter tensor : GoldenRegNet.tensors(model).values()) {
        shapes.put(tensor.name(), tensor.value().shape());
      }
      for (RegNetNames names : RegNetNames.values()) {
        var renamed = new LinkedHashMap<String, Shape>();
        shapes.forEach((name, shape) -> renamed.put(names.of(name), shape));
        assertThat(renamed).hasSameSizeAs(shapes);
        assertThat(RegNetNames.recognize(renamed.keySet())).contains(names);
        assertThat(
                RegNetFamily.INSTANCE.infer(
                    name -> renamed.get(names.of(name)), OptionalInt.empty()))
            .isEqualTo(config);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "stem.conv.weight, stem.0.weight, regnet.embedder.embedder.convolution.weight",
    "stem.bn.running_var, stem.1.running_var, regnet.embedder.embedder.normalization.running_var",
    "s1.b1.conv1.conv.weight, trunk_output.block1.block1-0.f.a.0.weight,"
        + " regnet.encoder.stages.0.layers.0.layer.0.convolution.weight",
    "s3.b2.conv2.bn.bias, trunk_output.block3.block3-1.f.b.1.bias,"
        + " regnet.encoder.stages.2.layers.1.layer.1.normalization.bias",
    "s4.b11.se.fc2.bias, trunk_output.block4.block4-10.f.se.fc2.bias,"
        + " regnet.encoder.stages.3.layers.10.layer.2.attention.2.bias",
    "s2.b1.downsample.conv.weight, trunk_output.block2.block2-0.proj.0.weight,"
        + " regnet.encoder.stages.1.layers.0.shortcut.convolution.weight",
    "s2.b1.conv3.bn.weight, trunk_output.block2.block2-0.f.c.1.weight,"
        + " regnet.encoder.stages.1.layers.0.layer.3.normalization.weight",
    "head.fc.bias, fc.bias, classifier.1.bias"
  })
  void namesOfOtherLibraries(String timm, String torchvision, String huggingFace) {
    assertThat(RegNetNames.TIMM.of(timm)).isEqualTo(timm);
    assertThat(RegNetNames.TORCHVISION.of(timm)).isEqualTo(torchvision);
    assertThat(RegNetNames.HUGGING_FACE.of(timm)).isEqualTo(huggingFace);
  }

  @Test
  void otherNamesAreRefused() {
    assertThatThrownBy(() -> RegNetNames.TORCHVISION.of("blocks.0.norm1.weight"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no tensor of a RegNetY: blocks.0.norm1.weight");
    assertThatThrownBy(() -> RegNetFamily.INSTANCE.config("regnety_003"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("regnety_003")
        .hasMessageContaining("regnety_002");
  }
}
