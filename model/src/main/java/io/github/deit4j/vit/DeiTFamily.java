package io.github.deit4j.vit;

import static io.github.deit4j.nn.HuggingFaceModel.require;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.HuggingFaceModel.ImageProcessor;
import io.github.deit4j.nn.Hyperparameter;
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
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** Data-efficient image transformers (Touvron et al. 2021), plain and distilled. */
public final class DeiTFamily extends ViTFamily {
  /** The family. */
  public static final DeiTFamily INSTANCE = new DeiTFamily();

  /** Key of a description that only this family has. */
  static final String DISTILLED = "distilled";

  private DeiTFamily() {}

  @Override
  public String name() {
    return "DeiT";
  }

  @Override
  public List<String> models() {
    return DeiTConfig.names();
  }

  @Override
  public DeiTConfig config(String model) {
    return DeiTConfig.named(model);
  }

  @Override
  public String custom() {
    return "custom";
  }

  @Override
  public List<Hyperparameter<?>> hyperparameters() {
    return Stream.concat(super.hyperparameters().stream(), Stream.of(Hyperparameter.DISTILLED))
        .toList();
  }

  @Override
  DeiTConfig config(ViTConfig.Sizes sizes, boolean distilled) {
    return new DeiTConfig(sizes, distilled);
  }

  @Override
  int positionedPrefix(boolean distilled) {
    return distilled ? 2 : 1;
  }

  @Override
  public Optional<ModelConfig> fromJson(JsonValue sizes) throws JsonException {
    return sizes.has(DISTILLED)
        ? Optional.of(read(sizes, sizes.get(DISTILLED).asBoolean()))
        : Optional.empty();
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

  @Override
  public boolean isOfHead(String tensor) {
    return super.isOfHead(tensor) || tensor.startsWith("head_dist.");
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
    ViTConfig config = infer(shapes, OptionalInt.of(stored));
    Map<String, Integer> sizes = new LinkedHashMap<>();
    sizes.put("num_attention_heads", heads.orElse(stored));
    sizes.put("image_size", config.imageSize());
    sizes.put("patch_size", config.patchSize());
    sizes.put("num_channels", config.channels());
    sizes.put("hidden_size", config.width());
    sizes.put("num_hidden_layers", config.depth());
    sizes.put("intermediate_size", config.mlpWidth());
    for (Map.Entry<String, Integer> size : sizes.entrySet()) {
      String key = size.getKey();
      if (json.has(key) && json.get(key).asInt() != size.getValue()) {
        throw new IllegalArgumentException(
            "expected %s %d, found %d".formatted(key, size.getValue(), json.get(key).asInt()));
      }
    }
    return config;
  }

  @Override
  public ImageProcessor imageProcessor(JsonValue config) throws JsonException {
    boolean vit = require(config, "model_type", "deit", "vit").equals("vit");
    return vit ? ImageProcessor.VIT : ImageProcessor.DEIT;
  }
}
