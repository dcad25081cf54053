package io.github.deit4j.vit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ViTConfigTest {
  private static final ViTConfig SMALLEST =
      new ViTConfig(DeiTFamily.INSTANCE, 6, 3, 1, 2, 4, 1, 2, 5, true);

  @ParameterizedTest
  @CsvSource({
    "deit_tiny_patch16_224, 5717416",
    "deit_small_patch16_224, 22050664",
    "deit_base_patch16_224, 86567656",
    "deit_tiny_distilled_patch16_224, 5910800",
    "deit_small_distilled_patch16_224, 22436432",
    "deit_base_distilled_patch16_224, 87338192",
    "deit_base_patch16_384, 86859496",
    "deit_tiny_patch16_384, 5790376",
    "deit_small_patch16_384, 22196584",
    "deit_tiny_distilled_patch16_384, 5983760",
    "deit_small_distilled_patch16_384, 22582352",
    "deit_base_patch16_160, 86493928",
    "deit_base_patch16_320, 86724328",
    "deit_base_distilled_patch16_160, 87264464",
    "deit_base_distilled_patch16_320, 87494864",
    "deit_base_distilled_patch16_384, 87630032"
  })
  void registeredModelsHaveThePublishedNumberOfParameters(String name, long count) {
    assertThat(DeiTFamily.INSTANCE.models()).hasSize(16).contains(name);
    assertThat(DeiTFamily.INSTANCE.config(name).parameterCount()).isEqualTo(count);
  }

  @Test
  void derivesSizes() {
    ViTConfig config = DeiTFamily.INSTANCE.config("deit_base_distilled_patch16_384");
    assertThat(config)
        .isEqualTo(new ViTConfig(DeiTFamily.INSTANCE, 384, 16, 3, 1000, 768, 12, 12, 3072, true));
    assertThat(config.patches()).isEqualTo(576);
    assertThat(config.prefixTokens()).isEqualTo(2);
    assertThat(config.tokens()).isEqualTo(578);
    assertThat(DeiTFamily.INSTANCE.config("deit_base_patch16_224").tokens()).isEqualTo(197);
    assertThat(config.withClasses(10))
        .isEqualTo(new ViTConfig(DeiTFamily.INSTANCE, 384, 16, 3, 10, 768, 12, 12, 3072, true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"deit_tiny_patch16_224", "deit_tiny_distilled_patch16_224"})
  void builtModelHasTimmsNamesAndShapes(String name) {
    ViTConfig config = DeiTFamily.INSTANCE.config(name);
    try (Backend backend = new CpuBackend(1);
        VisionTransformer model = new VisionTransformer(backend, config, false, 0)) {
      var shapes = new LinkedHashMap<String, Shape>();
      long count = 0;
      for (Parameter parameter : model.parameters()) {
        assertThat(parameter.trainable()).isFalse();
        shapes.put(parameter.name(), parameter.value().shape());
        count += parameter.value().elements();
      }
      assertThat(shapes).isEqualTo(timmShapes(config)).hasSameSizeAs(model.parameters());
      assertThat(count).isEqualTo(config.parameterCount());
    }
  }

  private static Map<String, Shape> timmShapes(ViTConfig config) {
    int d = config.width();
    var shapes = new LinkedHashMap<String, Shape>();
    shapes.put("cls_token", Shape.of(1, 1, d));
    shapes.put("pos_embed", Shape.of(1, config.tokens(), d));
    shapes.put("patch_embed.proj.weight", Shape.of(d, 3, 16, 16));
    shapes.put("patch_embed.proj.bias", Shape.of(d));
    for (int i = 0; i < 12; i++) {
      String block = "blocks." + i + ".";
      putPair(shapes, block + "norm1", d);
      putPair(shapes, block + "attn.qkv", 3 * d, d);
      putPair(shapes, block + "attn.proj", d, d);
      putPair(shapes, block + "norm2", d);
      putPair(shapes, block + "mlp.fc1", 4 * d, d);
      putPair(shapes, block + "mlp.fc2", d, 4 * d);
    }
    putPair(shapes, "norm", d);
    putPair(shapes, "head", 1000, d);
    if (config.distilled()) {
      shapes.put("dist_token", Shape.of(1, 1, d));
      putPair(shapes, "head_dist", 1000, d);
    }
    return shapes;
  }

  private static void putPair(Map<String, Shape> shapes, String layer, int... weight) {
    shapes.put(layer + ".weight", Shape.of(weight));
    shapes.put(layer + ".bias", Shape.of(weight[0]));
  }

  @Test
  void parametersKeepTheirOrder() {
    try (Backend backend = new CpuBackend(1);
        VisionTransformer one = new VisionTransformer(backend, SMALLEST, true, 0);
        VisionTransformer other = new VisionTransformer(backend, SMALLEST, false, 0.5)) {
      assertThat(one.parameters()).allMatch(Parameter::trainable);
      assertThat(one.parameters())
          .extracting(Parameter::name)
          .containsExactlyElementsOf(other.parameters().stream().map(Parameter::name).toList());
    }
  }

  @Test
  void refusesUnknownNames() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeiTFamily.INSTANCE.config("deit_huge_patch16_224"))
        .withMessageContainingAll("deit_huge_patch16_224", "deit_base_distilled_patch16_384");
  }

  @ParameterizedTest
  @CsvSource({
    "0, imageSize",
    "1, patchSize",
    "2, channels",
    "3, classes",
    "4, width",
    "5, depth",
    "6, heads",
    "7, mlpWidth"
  })
  void refusesSizesBelowOne(int position, String size) {
    for (int wrong : new int[] {0, -1}) {
      int[] sizes = {6, 3, 1, 2, 4, 1, 2, 5};
      sizes[position] = wrong;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> config(sizes))
          .withMessageContainingAll(size, "1 or more", "found " + wrong);
    }
  }

  @Test
  void refusesSizesThatDoNotDivideEachOther() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config(6, 4, 1, 2, 4, 1, 2, 5))
        .withMessageContainingAll("patchSize", "divisor of imageSize 6", "found 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config(6, 3, 1, 2, 4, 1, 3, 5))
        .withMessageContainingAll("heads", "divisor of width 4", "found 3");
  }

  private static ViTConfig config(int... s) {
    return new ViTConfig(DeiTFamily.INSTANCE, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], true);
  }
}
