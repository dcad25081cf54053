package io.github.deit4j.vit;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.HuggingFaceModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelFamily;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sizes of a vision transformer of DeiT III (Touvron et al. 2022, table 2).
 *
 * @param sizes what all vision transformers have
 */
public record DeiT3Config(Sizes sizes) implements ViTConfig {
  private static final Map<String, Sizes> NAMED = new LinkedHashMap<>();

  static {
    NAMED.put("deit3_small_patch16_224", Sizes.published(224, 16, 384, 12, 6));
    NAMED.put("deit3_small_patch16_384", Sizes.published(384, 16, 384, 12, 6));
    NAMED.put("deit3_medium_patch16_224", Sizes.published(224, 16, 512, 12, 8));
    NAMED.put("deit3_base_patch16_224", Sizes.published(224, 16, 768, 12, 12));
    NAMED.put("deit3_base_patch16_384", Sizes.published(384, 16, 768, 12, 12));
    NAMED.put("deit3_large_patch16_224", Sizes.published(224, 16, 1024, 24, 16));
    NAMED.put("deit3_large_patch16_384", Sizes.published(384, 16, 1024, 24, 16));
    NAMED.put("deit3_huge_patch14_224", Sizes.published(224, 14, 1280, 32, 16));
  }

  /** Returns the registered names, as timm has them. */
  public static List<String> names() {
    return List.copyOf(NAMED.keySet());
  }

  /**
   * Returns the configuration of a registered name, for 1000 classes and RGB images.
   *
   * @throws IllegalArgumentException if no model has that name; lists those there are
   */
  public static DeiT3Config named(String name) {
    if (!NAMED.containsKey(name)) {
      throw DeiT3Family.INSTANCE.unknown(name);
    }
    return new DeiT3Config(NAMED.get(name));
  }

  @Override
  public ModelFamily family() {
    return DeiT3Family.INSTANCE;
  }

  @Override
  public DeiT3Config with(Sizes other) {
    return new DeiT3Config(other);
  }

  @Override
  public List<String> prefix() {
    return List.of("cls_token");
  }

  @Override
  public int positionedPrefix() {
    return 0;
  }

  @Override
  public boolean distilled() {
    return false;
  }

  @Override
  public long parameterCount() {
    return ViTConfig.super.parameterCount() + 2L * depth() * width();
  }

  @Override
  public Map<String, Object> toJson() {
    Map<String, Object> json = ViTConfig.super.toJson();
    json.put(DeiT3Family.LAYER_SCALE, true);
    return json;
  }

  @Override
  public HuggingFaceModel huggingFace() {
    throw DeiT3Family.notInTransformers();
  }

  @Override
  public Model create(Backend backend, boolean trainable, double dropPath) {
    return new DeiT3(backend, this, trainable, dropPath);
  }
}
