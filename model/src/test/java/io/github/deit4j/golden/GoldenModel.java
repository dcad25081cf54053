package io.github.deit4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.vit.DeiTFamily;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.vit.VisionTransformer;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** The models of golden item 1, which items 2 and 3 train. */
public final class GoldenModel {
  private static final String FOLDER = "01-forward/";
  private static final String CONFIG = "-config.json";

  private GoldenModel() {}

  /** Returns the models' names. */
  public static List<String> names() throws IOException {
    var names =
        Golden.entries(1).stream()
            .map(Golden.Entry::file)
            .filter(file -> file.endsWith(CONFIG))
            .map(file -> file.substring(FOLDER.length(), file.length() - CONFIG.length()))
            .toList();
    assertThat(names).as("models of golden item 1").isNotEmpty();
    return names;
  }

  /** Returns a model's sizes. */
  public static ViTConfig config(String name) throws IOException {
    JsonValue json = Golden.json(FOLDER + name + CONFIG);
    assertThat(json.get("layer_norm_eps").asDouble()).isEqualTo(1e-6);
    assertThat(json.get("qkv_bias").asBoolean()).isTrue();
    return new ViTConfig(
        DeiTFamily.INSTANCE,
        json.get("img_size").asInt(),
        json.get("patch_size").asInt(),
        json.get("in_chans").asInt(),
        json.get("num_classes").asInt(),
        json.get("embed_dim").asInt(),
        json.get("depth").asInt(),
        json.get("num_heads").asInt(),
        json.get("mlp_hidden").asInt(),
        json.get("distilled").asBoolean());
  }

  /** Returns a model with its weights. */
  public static VisionTransformer load(Backend backend, String name, boolean trainable)
      throws IOException {
    var model = new VisionTransformer(backend, config(name), trainable, 0);
    try (var weights = Golden.open(FOLDER + name + "-weights.safetensors")) {
      assertThat(weights.names())
          .containsExactlyInAnyOrderElementsOf(
              model.parameters().stream().map(Parameter::name).toList());
      for (Parameter parameter : model.parameters()) {
        var stored = weights.tensors().get(parameter.name());
        assertThat(parameter.value().shape()).as(parameter.name()).isEqualTo(stored.shape());
        Tensors.write(backend, parameter.value(), weights.floats(parameter.name()));
      }
    }
    return model;
  }

  /** Returns a copy of a file's floating-point tensor, in its shape. */
  public static Tensor tensor(Backend backend, TensorArena arena, SafetensorsFile file, String name)
      throws IOException {
    int[] sizes = file.tensors().get(name).shape().sizes();
    return Tensors.of(backend, arena, file.floats(name), sizes);
  }

  /** Returns class labels, each stored as an integer of 64 bits. */
  public static int[] labels(SafetensorsFile file, String name) throws IOException {
    return Arrays.stream(file.longs(name)).mapToInt(Math::toIntExact).toArray();
  }

  /**
   * Leaves the key third of a qkv bias, its gradient or moments out: softmax ignores a shift of all
   * keys, so this gradient is rounding noise, which Adam blows up.
   */
  public static float[] withoutKeyBias(String tensor, float[] values) {
    if (!tensor.endsWith("attn.qkv.bias")) {
      return values;
    }
    int third = values.length / 3;
    float[] rest = Arrays.copyOf(values, 2 * third);
    System.arraycopy(values, 2 * third, rest, third, third);
    return rest;
  }

  /** Returns the first number that follows a word in prose. */
  public static double numberAfter(String word, String prose) {
    var match = Pattern.compile(Pattern.quote(word) + "\\D*(\\d+(?:\\.\\d+)?)").matcher(prose);
    assertThat(match.find()).as("a number after '%s' in '%s'", word, prose).isTrue();
    return Double.parseDouble(match.group(1));
  }
}
