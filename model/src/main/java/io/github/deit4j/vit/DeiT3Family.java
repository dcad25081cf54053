package io.github.deit4j.vit;

import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.HuggingFaceModel;
import io.github.deit4j.nn.HuggingFaceModel.ImageProcessor;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/** The vision transformers of DeiT III (Touvron et al. 2022). */
public final class DeiT3Family extends ViTFamily {
  /** The family. */
  public static final DeiT3Family INSTANCE = new DeiT3Family();

  /** The names of the reference code (facebookresearch/deit, models_v2.py). */
  static final TensorNames ORIGINAL =
      new TensorNames() {
        @Override
        public List<String> parts(String timmName) {
          return List.of(
              timmName.replace(".ls1.gamma", ".gamma_1").replace(".ls2.gamma", ".gamma_2"));
        }

        @Override
        public Map<String, List<String>> byTimmName(Set<String> tensors) {
          Map<String, List<String>> grouped = new LinkedHashMap<>();
          for (String name : tensors) {
            String timm = name.replace(".gamma_1", ".ls1.gamma").replace(".gamma_2", ".ls2.gamma");
            grouped.put(timm, List.of(name));
          }
          return grouped;
        }
      };

  private DeiT3Family() {
    super("DeiT III", "custom-deit3", "layer-scale", false, true, false);
    register("deit3_small_patch16_224", 224, 16, 384, 12, 6, false);
    register("deit3_small_patch16_384", 384, 16, 384, 12, 6, false);
    register("deit3_medium_patch16_224", 224, 16, 512, 12, 8, false);
    register("deit3_base_patch16_224", 224, 16, 768, 12, 12, false);
    register("deit3_base_patch16_384", 384, 16, 768, 12, 12, false);
    register("deit3_large_patch16_224", 224, 16, 1024, 24, 16, false);
    register("deit3_large_patch16_384", 384, 16, 1024, 24, 16, false);
    register("deit3_huge_patch14_224", 224, 14, 1280, 32, 16, false);
  }

  /** The same in all blocks: the reference code, models_v2.py. */
  @Override
  double dropRate(int block, int depth, double last) {
    return last;
  }

  @Override
  public String landmark() {
    return "blocks.0.ls1.gamma";
  }

  @Override
  public Optional<TensorNames> recognize(Set<String> tensors) {
    if (tensors.contains(landmark())) {
      return Optional.of(TensorNames.TIMM);
    }
    return tensors.containsAll(ORIGINAL.parts(landmark()))
        ? Optional.of(ORIGINAL)
        : Optional.empty();
  }

  /** The whole image, as the reference's recipes evaluate. */
  @Override
  public double cropRatio() {
    return 1;
  }

  @Override
  HuggingFaceModel huggingFace(ViTConfig config) {
    throw notInTransformers();
  }

  @Override
  public ModelConfig fromHuggingFace(
      JsonValue config, Function<String, Shape> shapes, OptionalInt heads) {
    throw notInTransformers();
  }

  @Override
  public ImageProcessor imageProcessor(JsonValue config) {
    throw notInTransformers();
  }

  private static IllegalArgumentException notInTransformers() {
    return new IllegalArgumentException(
        "Hugging Face's transformers has no DeiT III; timm reads its weights (--format timm)");
  }
}
