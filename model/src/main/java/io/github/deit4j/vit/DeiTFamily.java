package io.github.deit4j.vit;

import static io.github.deit4j.nn.HuggingFaceModel.require;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.nn.HuggingFaceModel;
import io.github.deit4j.nn.HuggingFaceModel.ImageProcessor;
import io.github.deit4j.nn.LayerNorm;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.DoubleStream;

/** Data-efficient image transformers (Touvron et al. 2021), plain and distilled. */
public final class DeiTFamily extends ViTFamily {
  /** The family. */
  public static final DeiTFamily INSTANCE = new DeiTFamily();

  /** What a {@code config.json} may say of the sizes. */
  private static final List<String> HUGGING_FACE_SIZES =
      List.of(
          "image_size",
          "patch_size",
          "num_channels",
          "hidden_size",
          "num_hidden_layers",
          "intermediate_size");

  private DeiTFamily() {
    super("DeiT", "custom", "distilled", true, false, true);
    register("deit_tiny_patch16_224", 224, 16, 192, 12, 3, false);
    register("deit_small_patch16_224", 224, 16, 384, 12, 6, false);
    register("deit_base_patch16_224", 224, 16, 768, 12, 12, false);
    register("deit_tiny_distilled_patch16_224", 224, 16, 192, 12, 3, true);
    register("deit_small_distilled_patch16_224", 224, 16, 384, 12, 6, true);
    register("deit_base_distilled_patch16_224", 224, 16, 768, 12, 12, true);
    register("deit_base_patch16_384", 384, 16, 768, 12, 12, false);
    register("deit_base_distilled_patch16_384", 384, 16, 768, 12, 12, true);
    // The paper's other resolutions (tables 5 and 10), in the reference code's way of naming.
    register("deit_tiny_patch16_384", 384, 16, 192, 12, 3, false);
    register("deit_small_patch16_384", 384, 16, 384, 12, 6, false);
    register("deit_base_patch16_160", 160, 16, 768, 12, 12, false);
    register("deit_base_patch16_320", 320, 16, 768, 12, 12, false);
    register("deit_tiny_distilled_patch16_384", 384, 16, 192, 12, 3, true);
    register("deit_small_distilled_patch16_384", 384, 16, 384, 12, 6, true);
    register("deit_base_distilled_patch16_160", 160, 16, 768, 12, 12, true);
    register("deit_base_distilled_patch16_320", 320, 16, 768, 12, 12, true);
  }

  @Override
  public String landmark() {
    return "patch_embed.proj.weight";
  }

  /** Later families have that tensor too, and layer scale, which these have not. */
  @Override
  public Optional<TensorNames> recognize(Set<String> tensors) {
    Optional<DeiTNames> names = DeiTNames.recognize(tensors);
    if (names.equals(Optional.of(DeiTNames.DEIT)) && tensors.contains("classifier.weight")) {
      throw new IllegalArgumentException(
          "expected the two heads of DeiTForImageClassificationWithTeacher, or the one of"
              + " ViTForImageClassification, found DeiTForImageClassification, which has a"
              + " distillation token without a head");
    }
    if (names.isPresent()) {
      return Optional.of(names.get());
    }
    return tensors.contains(landmark())
            && tensors.stream().noneMatch(name -> name.contains("gamma"))
        ? Optional.of(TensorNames.TIMM)
        : Optional.empty();
  }

  /**
   * The library's {@code layer_norm_eps} of 1e-12 stands for the 1e-6 with which the weights were
   * trained.
   */
  @Override
  public ModelConfig fromHuggingFace(
      JsonValue json, Function<String, Shape> shapes, OptionalInt heads) throws JsonException {
    imageProcessor(json);
    require(json, "hidden_act", "gelu");
    double epsilon = json.get("layer_norm_eps").asDouble();
    if (DoubleStream.of(1e-6, 1e-12).noneMatch(usual -> Math.abs(epsilon / usual - 1) < 1e-6)) {
      throw new IllegalArgumentException(
          "expected layer_norm_eps 1e-6 (or 1e-12), found " + epsilon);
    }
    int stored = json.get("num_attention_heads").asInt();
    requireSize("num_attention_heads", heads.orElse(stored), stored);
    ViTConfig config = infer(shapes, OptionalInt.of(stored));
    Map<String, Object> sizes = huggingFace(config).json();
    for (String key : HUGGING_FACE_SIZES) {
      if (json.has(key)) {
        requireSize(key, (int) sizes.get(key), json.get(key).asInt());
      }
    }
    return config;
  }

  private static void requireSize(String key, int expected, int found) {
    if (found != expected) {
      throw new IllegalArgumentException(
          "expected %s %d, found %d".formatted(key, expected, found));
    }
  }

  @Override
  HuggingFaceModel huggingFace(ViTConfig config) {
    boolean distilled = config.distilled();
    Map<String, Object> json =
        JsonWriter.object(
            "architectures",
            List.of(
                distilled ? "DeiTForImageClassificationWithTeacher" : "ViTForImageClassification"),
            "model_type",
            distilled ? "deit" : "vit",
            "hidden_size",
            config.width(),
            "num_hidden_layers",
            config.depth(),
            "num_attention_heads",
            config.heads(),
            "intermediate_size",
            config.mlpWidth(),
            "hidden_act",
            "gelu",
            "hidden_dropout_prob",
            0.0,
            "attention_probs_dropout_prob",
            0.0,
            "initializer_range",
            0.02,
            "layer_norm_eps",
            LayerNorm.EPSILON,
            "image_size",
            config.imageSize(),
            "patch_size",
            config.patchSize(),
            "num_channels",
            config.channels(),
            "qkv_bias",
            true);
    DeiTNames names = distilled ? DeiTNames.DEIT : DeiTNames.VIT;
    return new HuggingFaceModel(json, names, ImageProcessor.DEIT);
  }

  @Override
  public ImageProcessor imageProcessor(JsonValue config) throws JsonException {
    boolean vit = require(config, "model_type", "deit", "vit").equals("vit");
    return vit ? ImageProcessor.VIT : ImageProcessor.DEIT;
  }
}
