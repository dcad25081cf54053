package io.github.deit4j.vit;

import static java.util.stream.Collectors.toMap;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.HuggingFaceModel.ImageProcessor;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The vision transformers of DeiT III (Touvron et al. 2022). */
public final class DeiT3Family extends ViTFamily {
  /** The family. */
  public static final DeiT3Family INSTANCE = new DeiT3Family();

  /** Key of a description that only this family has. */
  static final String LAYER_SCALE = "layer-scale";

  /** The names of the reference code (facebookresearch/deit, models_v2.py). */
  static final TensorNames ORIGINAL =
      new TensorNames() {
        private static final Pattern TIMM = Pattern.compile("\\.ls([12])\\.gamma$");
        private static final Pattern REFERENCE = Pattern.compile("\\.gamma_([12])$");

        @Override
        public List<String> parts(String timmName) {
          return List.of(TIMM.matcher(timmName).replaceFirst(".gamma_$1"));
        }

        @Override
        public Map<String, List<String>> byTimmName(Set<String> tensors) {
          return tensors.stream()
              .collect(
                  toMap(name -> REFERENCE.matcher(name).replaceFirst(".ls$1.gamma"), List::of));
        }
      };

  private DeiT3Family() {}

  @Override
  public String name() {
    return "DeiT III";
  }

  @Override
  public List<String> models() {
    return DeiT3Config.names();
  }

  @Override
  public DeiT3Config config(String model) {
    return DeiT3Config.named(model);
  }

  @Override
  public String custom() {
    return "custom-deit3";
  }

  @Override
  DeiT3Config config(ViTConfig.Sizes sizes, boolean distilled) {
    return new DeiT3Config(sizes);
  }

  @Override
  int positionedPrefix(boolean distilled) {
    return 0;
  }

  @Override
  public Optional<ModelConfig> fromJson(JsonValue sizes) throws JsonException {
    return sizes.has(LAYER_SCALE) ? Optional.of(read(sizes, false)) : Optional.empty();
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
  public ModelConfig fromHuggingFace(
      JsonValue config, Function<String, Shape> shapes, OptionalInt heads) {
    throw notInTransformers();
  }

  @Override
  public ImageProcessor imageProcessor(JsonValue config) {
    throw notInTransformers();
  }

  static IllegalArgumentException notInTransformers() {
    return new IllegalArgumentException(
        "Hugging Face's transformers has no DeiT III; timm reads its weights (--format timm)");
  }
}
