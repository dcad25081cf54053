package io.github.deit4j.vit;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.HuggingFaceModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelFamily;
import java.util.List;
import java.util.Map;

/**
 * The sizes of a vision transformer of DeiT III (Touvron et al. 2022, table 2).
 *
 * @param sizes what all vision transformers have
 */
public record DeiT3Config(Sizes sizes) implements ViTConfig {
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

  /** The same in all blocks: the reference code, models_v2.py. */
  @Override
  public double dropRate(int block, double last) {
    return last;
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
