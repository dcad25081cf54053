package io.github.deit4j.vit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.testing.Models;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the family DeiT III answers. */
class DeiT3FamilyTest {
  private static final DeiT3Family FAMILY = DeiT3Family.INSTANCE;

  static List<String> models() {
    return FAMILY.models();
  }

  /** In millions, as timm's model cards have them. */
  @ParameterizedTest
  @CsvSource({
    "deit3_small_patch16_224, 22.1, 196",
    "deit3_small_patch16_384, 22.2, 576",
    "deit3_medium_patch16_224, 38.8, 196",
    "deit3_base_patch16_224, 86.6, 196",
    "deit3_base_patch16_384, 86.9, 576",
    "deit3_large_patch16_224, 304.4, 196",
    "deit3_large_patch16_384, 304.8, 576",
    "deit3_huge_patch14_224, 632.1, 256"
  })
  void registeredModelsHaveThePublishedSizes(String name, double millions, int patches) {
    ViTConfig config = FAMILY.config(name);
    assertThat(FAMILY.models()).hasSize(8).contains(name);
    assertThat(config.parameterCount() / 1e6).isCloseTo(millions, within(0.051));
    assertThat(config.patches()).isEqualTo(patches);
    assertThat(config.tokens()).isEqualTo(patches + 1);
    assertThat(FAMILY.configure(FAMILY.named(name), 1000)).isEqualTo(config);
  }

  @Test
  void unknownNamesAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FAMILY.config("deit3_tiny_patch16_224"))
        .withMessageContainingAll("deit3_tiny_patch16_224", "deit3_huge_patch14_224");
  }

  /** Also the largest model's 16 heads, which are not 64 channels wide. */
  @ParameterizedTest
  @MethodSource("models")
  void sizesAreInferredFromShapes(String name) {
    ViTConfig config = FAMILY.config(name);
    Map<String, Shape> shapes = timmShapes(config);
    assertThat(FAMILY.recognize(shapes.keySet())).contains(TensorNames.TIMM);
    assertThat(FAMILY.infer(shapes::get, OptionalInt.empty())).isEqualTo(config);
    assertThat(DeiTFamily.INSTANCE.recognize(shapes.keySet())).isEmpty();
  }

  private static Map<String, Shape> timmShapes(ViTConfig config) {
    int d = config.width();
    int patch = config.patchSize();
    var shapes = new LinkedHashMap<String, Shape>();
    shapes.put("cls_token", Shape.of(1, 1, d));
    shapes.put("pos_embed", Shape.of(1, config.patches(), d));
    putLayer(shapes, "patch_embed.proj", d, config.channels(), patch, patch);
    for (int i = 0; i < config.depth(); i++) {
      String block = "blocks." + i + ".";
      putLayer(shapes, block + "norm1", d);
      putLayer(shapes, block + "attn.qkv", 3 * d, d);
      putLayer(shapes, block + "attn.proj", d, d);
      shapes.put(block + "ls1.gamma", Shape.of(d));
      putLayer(shapes, block + "norm2", d);
      putLayer(shapes, block + "mlp.fc1", config.mlpWidth(), d);
      putLayer(shapes, block + "mlp.fc2", d, config.mlpWidth());
      shapes.put(block + "ls2.gamma", Shape.of(d));
    }
    putLayer(shapes, "norm", d);
    putLayer(shapes, "head", config.classes(), d);
    return shapes;
  }

  private static void putLayer(Map<String, Shape> shapes, String layer, int... weight) {
    shapes.put(layer + ".weight", Shape.of(weight));
    shapes.put(layer + ".bias", Shape.of(weight[0]));
  }

  @Test
  void aBuiltModelHasTimmsNamesAndShapes() {
    try (Backend backend = new CpuBackend(1);
        Model model = Models.DEIT3.create(backend, false, 0)) {
      var shapes = new LinkedHashMap<String, Shape>();
      model.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
      assertThat(shapes).isEqualTo(timmShapes(Models.DEIT3));
      assertThat(shapes.keySet()).containsExactlyElementsOf(timmShapes(Models.DEIT3).keySet());
      assertThat(shapes.values().stream().mapToLong(Shape::elements).sum())
          .isEqualTo(Models.DEIT3.parameterCount());
    }
  }

  @Test
  void layerScalesBeginSmallAndAllElseAsInADeiT() {
    try (Backend backend = new CpuBackend(1);
        Model model = Models.DEIT3.create(backend, false, 0)) {
      model.initialize(backend, 3);
      for (Parameter parameter : model.parameters()) {
        float[] values = backend.toArray(parameter.value());
        String name = parameter.name();
        if (name.endsWith(".gamma")) {
          assertThat(values).as(name).containsOnly(1e-4f);
        } else if (name.endsWith("norm2.weight")) {
          assertThat(values).as(name).containsOnly(1f);
        } else if (name.endsWith("proj.weight") || name.endsWith("_token")) {
          assertThat(values).as(name).doesNotContain(0f, 1f, 1e-4f);
        }
      }
    }
  }

  @Test
  void namesOfTheReferenceCodeAreKnownBothWays() {
    Set<String> timm = timmShapes(Models.DEIT3).keySet();
    Set<String> original =
        timm.stream()
            .map(name -> name.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"))
            .collect(Collectors.toSet());
    TensorNames names = FAMILY.recognize(original).orElseThrow();
    assertThat(names.byTimmName(original).keySet()).isEqualTo(timm);
    names
        .byTimmName(original)
        .forEach((name, parts) -> assertThat(names.parts(name)).isEqualTo(parts));
    assertThat(names.parts("blocks.11.ls2.gamma")).containsExactly("blocks.11.gamma_2");
    assertThat(DeiTFamily.INSTANCE.recognize(original)).isEmpty();
  }

  @Test
  void stochasticDepthIsTheSameInAllBlocks() {
    assertThat(IntStream.range(0, 12).mapToDouble(i -> FAMILY.dropRate(i, 12, 0.05)))
        .containsOnly(0.05);
    assertThat(DeiTFamily.INSTANCE.dropRate(0, 12, 0.11)).isZero();
    assertThat(DeiTFamily.INSTANCE.dropRate(4, 12, 0.11)).isEqualTo(0.04);
  }

  /** Each layer scale has a factor for every channel; the class token has no position. */
  @Test
  void toOtherImagesAndClassesOnlyTheirSizesChange() {
    ViTConfig large = FAMILY.config("deit3_large_patch16_224");
    assertThat(large.withImageSize(384)).isEqualTo(FAMILY.config("deit3_large_patch16_384"));
    assertThat(large.withClasses(10).parameterCount())
        .isEqualTo(large.parameterCount() - 990 * (1024 + 1));
    assertThat(large.layout().positions()).isEqualTo(196);
    assertThat(FAMILY.isOfHead("head.bias")).isTrue();
    assertThat(FAMILY.isOfHead("norm.bias")).isFalse();
  }
}
