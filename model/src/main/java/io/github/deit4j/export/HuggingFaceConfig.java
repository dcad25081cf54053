package io.github.deit4j.export;

import io.github.deit4j.nn.LayerNorm;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.vit.DeiTConfig;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A model's sizes as {@code config.json} of Hugging Face's transformers has them. */
final class HuggingFaceConfig {
  /** The stride of every stem in transformers' RegNet. */
  private static final int STEM_STRIDE = 2;

  private HuggingFaceConfig() {}

  static Map<String, Object> of(DeiTConfig config) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(
        "architectures",
        List.of(
            config.distilled()
                ? "DeiTForImageClassificationWithTeacher"
                : "ViTForImageClassification"));
    json.put("model_type", config.distilled() ? "deit" : "vit");
    json.put("hidden_size", config.width());
    json.put("num_hidden_layers", config.depth());
    json.put("num_attention_heads", config.heads());
    json.put("intermediate_size", config.mlpWidth());
    json.put("hidden_act", "gelu");
    json.put("hidden_dropout_prob", 0.0);
    json.put("attention_probs_dropout_prob", 0.0);
    json.put("initializer_range", 0.02);
    json.put("layer_norm_eps", LayerNorm.EPSILON);
    json.put("image_size", config.imageSize());
    json.put("patch_size", config.patchSize());
    json.put("num_channels", config.channels());
    json.put("qkv_bias", true);
    return json;
  }

  /**
   * Returns the sizes of a RegNetY.
   *
   * @param out what is written, for the message
   * @throws CannotWriteException if transformers has no such RegNetY
   */
  static Map<String, Object> of(RegNetConfig config, Path out) throws CannotWriteException {
    if (config.stemStride() != STEM_STRIDE) {
      throw new CannotWriteException(
          out, new IOException("its RegNet has a stem of stride 2, this " + config.stemStride()));
    }
    List<Integer> groupWidths = config.stages().stream().map(Stage::groupWidth).distinct().toList();
    if (groupWidths.size() > 1) {
      throw new CannotWriteException(
          out, new IOException("its RegNet has groups of one width, this of " + groupWidths));
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("architectures", List.of("RegNetForImageClassification"));
    json.put("model_type", "regnet");
    json.put("layer_type", "y");
    json.put("embedding_size", config.stemWidth());
    json.put("hidden_sizes", config.stages().stream().map(Stage::width).toList());
    json.put("depths", config.stages().stream().map(Stage::depth).toList());
    json.put("groups_width", groupWidths.getFirst());
    json.put("downsample_in_first_stage", true);
    json.put("hidden_act", "relu");
    json.put("num_channels", config.channels());
    return json;
  }
}
