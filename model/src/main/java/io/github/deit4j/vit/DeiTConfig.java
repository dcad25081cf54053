package io.github.deit4j.vit;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.HuggingFaceModel;
import io.github.deit4j.nn.LayerNorm;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelFamily;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sizes of a DeiT (Touvron et al. 2021, table 1).
 *
 * @param sizes what all vision transformers have
 * @param distilled whether there is a distillation token with a head of its own
 */
public record DeiTConfig(Sizes sizes, boolean distilled) implements ViTConfig {
  private record Size(int width, int heads) {}

  private static final Map<String, Size> SIZES =
      Map.of("tiny", new Size(192, 3), "small", new Size(384, 6), "base", new Size(768, 12));

  private static final List<String> NAMES =
      List.of(
          "deit_tiny_patch16_224",
          "deit_small_patch16_224",
          "deit_base_patch16_224",
          "deit_tiny_distilled_patch16_224",
          "deit_small_distilled_patch16_224",
          "deit_base_distilled_patch16_224",
          "deit_tiny_patch16_384",
          "deit_small_patch16_384",
          "deit_base_patch16_160",
          "deit_base_patch16_320",
          "deit_base_patch16_384",
          "deit_tiny_distilled_patch16_384",
          "deit_small_distilled_patch16_384",
          "deit_base_distilled_patch16_160",
          "deit_base_distilled_patch16_320",
          "deit_base_distilled_patch16_384");

  /**
   * Creates a configuration of {@link Sizes}.
   *
   * @throws IllegalArgumentException if they do not go with each other
   */
  public DeiTConfig(
      int imageSize,
      int patchSize,
      int channels,
      int classes,
      int width,
      int depth,
      int heads,
      int mlpWidth,
      boolean distilled) {
    this(
        new Sizes(imageSize, patchSize, channels, classes, width, depth, heads, mlpWidth),
        distilled);
  }

  /**
   * Returns the registered names: those of the reference code, and in its way of naming those of
   * the paper's other resolutions (tables 5 and 10).
   */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * Returns the configuration of a registered name, for 1000 classes and RGB images.
   *
   * @throws IllegalArgumentException if no model has that name; lists those there are
   */
  public static DeiTConfig named(String name) {
    if (!NAMES.contains(name)) {
      throw DeiTFamily.INSTANCE.unknown(name);
    }
    String[] parts = name.split("_", -1);
    Size size = SIZES.get(parts[1]);
    int image = Integer.parseInt(parts[parts.length - 1]);
    return new DeiTConfig(
        Sizes.published(image, 16, size.width(), 12, size.heads()), name.contains("distilled"));
  }

  @Override
  public DeiTConfig with(Sizes other) {
    return new DeiTConfig(other, distilled);
  }

  @Override
  public List<String> prefix() {
    return distilled ? List.of("cls_token", "dist_token") : List.of("cls_token");
  }

  @Override
  public int positionedPrefix() {
    return prefixTokens();
  }

  @Override
  public ModelFamily family() {
    return DeiTFamily.INSTANCE;
  }

  @Override
  public Map<String, Object> toJson() {
    Map<String, Object> sizes = ViTConfig.super.toJson();
    sizes.put(DeiTFamily.DISTILLED, distilled);
    return sizes;
  }

  @Override
  public HuggingFaceModel huggingFace() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(
        "architectures",
        List.of(distilled ? "DeiTForImageClassificationWithTeacher" : "ViTForImageClassification"));
    json.put("model_type", distilled ? "deit" : "vit");
    json.put("hidden_size", width());
    json.put("num_hidden_layers", depth());
    json.put("num_attention_heads", heads());
    json.put("intermediate_size", mlpWidth());
    json.put("hidden_act", "gelu");
    json.put("hidden_dropout_prob", 0.0);
    json.put("attention_probs_dropout_prob", 0.0);
    json.put("initializer_range", 0.02);
    json.put("layer_norm_eps", LayerNorm.EPSILON);
    json.put("image_size", imageSize());
    json.put("patch_size", patchSize());
    json.put("num_channels", channels());
    json.put("qkv_bias", true);
    DeiTNames names = distilled ? DeiTNames.DEIT : DeiTNames.VIT;
    return new HuggingFaceModel(json, names, HuggingFaceModel.ImageProcessor.DEIT);
  }

  @Override
  public Model create(Backend backend, boolean trainable, double dropPath) {
    return new DeiT(backend, this, trainable, dropPath);
  }
}
