package io.github.deit4j.vit;

import io.github.deit4j.nn.TensorNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.Set;

/**
 * The names that Hugging Face's transformers library gives to a DeiT's tensors, next to timm's.
 * There q, k and v are three tensors, which timm has as one.
 */
enum DeiTNames implements TensorNames {
  /** {@code ViTForImageClassification}: models without a distillation token. */
  VIT("vit", Map.of("head", "classifier")),
  /** {@code DeiTForImageClassificationWithTeacher}: distilled models. */
  DEIT("deit", Map.of("head", "cls_classifier", "head_dist", "distillation_classifier"));

  private static final String BLOCK = "blocks.";
  private static final String LAYER = "encoder.layer.";
  private static final String QKV = "attn.qkv";

  private static final Map<String, String> OUTSIDE_BLOCKS =
      Map.of(
          "cls_token", "embeddings.cls_token",
          "dist_token", "embeddings.distillation_token",
          "pos_embed", "embeddings.position_embeddings",
          "patch_embed.proj", "embeddings.patch_embeddings.projection",
          "norm", "layernorm");

  private static final Map<String, List<String>> IN_BLOCK =
      Map.of(
          "norm1",
          List.of("layernorm_before"),
          QKV,
          List.of(
              "attention.attention.query", "attention.attention.key", "attention.attention.value"),
          "attn.proj",
          List.of("attention.output.dense"),
          "norm2",
          List.of("layernorm_after"),
          "mlp.fc1",
          List.of("intermediate.dense"),
          "mlp.fc2",
          List.of("output.dense"));

  private final String prefix;
  private final Map<String, String> heads;

  DeiTNames(String prefix, Map<String, String> heads) {
    this.prefix = prefix + ".";
    this.heads = heads;
  }

  /** Returns which of the library's classes has these tensors, if any. */
  static Optional<DeiTNames> recognize(Set<String> tensors) {
    for (String tensor : tensors) {
      for (DeiTNames names : values()) {
        if (tensor.startsWith(names.prefix)) {
          return Optional.of(names);
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public List<String> parts(String timmName) {
    String module = module(timmName);
    String suffix = timmName.substring(module.length());
    if (heads.containsKey(module)) {
      return List.of(heads.get(module) + suffix);
    }
    if (OUTSIDE_BLOCKS.containsKey(module)) {
      return List.of(prefix + OUTSIDE_BLOCKS.get(module) + suffix);
    }
    if (module.startsWith(BLOCK)) {
      int dot = module.indexOf('.', BLOCK.length());
      String layer = prefix + LAYER + module.substring(BLOCK.length(), dot + 1);
      List<String> parts = IN_BLOCK.get(module.substring(dot + 1));
      if (parts != null) {
        return parts.stream().map(part -> layer + part + suffix).toList();
      }
    }
    throw new IllegalArgumentException("no tensor of a DeiT: " + timmName);
  }

  @Override
  public Map<String, List<String>> byTimmName(Set<String> tensors) {
    Map<String, List<String>> grouped = new LinkedHashMap<>();
    for (String tensor : tensors) {
      String timmName = timmName(tensor);
      grouped.put(timmName, timmName.equals(tensor) ? List.of(tensor) : parts(timmName));
    }
    return grouped;
  }

  private String timmName(String tensor) {
    String module = module(tensor);
    String suffix = tensor.substring(module.length());
    String inside = module.startsWith(prefix) ? module.substring(prefix.length()) : module;
    for (Map<String, String> table : List.of(heads, OUTSIDE_BLOCKS)) {
      for (Entry<String, String> entry : table.entrySet()) {
        if (entry.getValue().equals(inside)) {
          return entry.getKey() + suffix;
        }
      }
    }
    if (inside.startsWith(LAYER)) {
      int dot = inside.indexOf('.', LAYER.length());
      for (Entry<String, List<String>> entry : IN_BLOCK.entrySet()) {
        if (entry.getValue().contains(inside.substring(dot + 1))) {
          return BLOCK + inside.substring(LAYER.length(), dot + 1) + entry.getKey() + suffix;
        }
      }
    }
    return tensor;
  }

  /** Returns a tensor's name without {@code .weight} or {@code .bias}. */
  private static String module(String tensor) {
    for (String suffix : List.of(".weight", ".bias")) {
      if (tensor.endsWith(suffix)) {
        return tensor.substring(0, tensor.length() - suffix.length());
      }
    }
    return tensor;
  }
}
