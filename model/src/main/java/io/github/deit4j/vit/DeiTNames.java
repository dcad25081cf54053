package io.github.deit4j.vit;

import io.github.deit4j.nn.TensorNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The names that Hugging Face's transformers library gives to a DeiT's tensors, next to timm's.
 * There q, k and v are three tensors, which timm has as one.
 */
enum DeiTNames implements TensorNames {
  /** {@code ViTForImageClassification}: models without a distillation token. */
  VIT("vit.", Map.of("head", "classifier")),
  /** {@code DeiTForImageClassificationWithTeacher}: distilled models. */
  DEIT("deit.", Map.of("head", "cls_classifier", "head_dist", "distillation_classifier"));

  private static final Pattern NUMBER = Pattern.compile("\\.(\\d+)\\.");

  private final String prefix;

  /** By timm's modules, with # for the number of a block, the library's. */
  private final Map<String, List<String>> modules = new LinkedHashMap<>();

  DeiTNames(String prefix, Map<String, String> heads) {
    this.prefix = prefix;
    heads.forEach((timm, name) -> modules.put(timm, List.of(name)));
    put("cls_token", "embeddings.cls_token");
    put("dist_token", "embeddings.distillation_token");
    put("pos_embed", "embeddings.position_embeddings");
    put("patch_embed.proj", "embeddings.patch_embeddings.projection");
    put("norm", "layernorm");
    String layer = "encoder.layer.#.";
    put("blocks.#.norm1", layer + "layernorm_before");
    String attention = layer + "attention.attention.";
    put("blocks.#.attn.qkv", attention + "query", attention + "key", attention + "value");
    put("blocks.#.attn.proj", layer + "attention.output.dense");
    put("blocks.#.norm2", layer + "layernorm_after");
    put("blocks.#.mlp.fc1", layer + "intermediate.dense");
    put("blocks.#.mlp.fc2", layer + "output.dense");
  }

  private void put(String timm, String... names) {
    List<String> full = new ArrayList<>();
    for (String name : names) {
      full.add(prefix + name);
    }
    modules.put(timm, full);
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

  /**
   * A tensor's name taken apart.
   *
   * @param module with # for the number of a block
   * @param block that number
   * @param suffix what the tensor is in the module
   */
  private record Name(String module, String block, String suffix) {
    static Name of(String tensor) {
      String suffix = Stream.of(".weight", ".bias").filter(tensor::endsWith).findFirst().orElse("");
      String module = tensor.substring(0, tensor.length() - suffix.length());
      Matcher number = NUMBER.matcher(module);
      return number.find()
          ? new Name(NUMBER.matcher(module).replaceFirst(".#."), number.group(1), suffix)
          : new Name(module, "#", suffix);
    }

    String in(String otherModule) {
      return otherModule.replace("#", block) + suffix;
    }
  }

  @Override
  public List<String> parts(String timmName) {
    Name name = Name.of(timmName);
    if (!modules.containsKey(name.module())) {
      throw new IllegalArgumentException("no tensor of a DeiT: " + timmName);
    }
    return modules.get(name.module()).stream().map(name::in).toList();
  }

  @Override
  public Map<String, List<String>> byTimmName(Set<String> tensors) {
    Map<String, List<String>> grouped = new LinkedHashMap<>();
    for (String tensor : tensors) {
      Name name = Name.of(tensor);
      Optional<String> timm =
          modules.keySet().stream()
              .filter(module -> modules.get(module).contains(name.module()))
              .map(name::in)
              .findFirst();
      grouped.put(timm.orElse(tensor), timm.map(this::parts).orElse(List.of(tensor)));
    }
    return grouped;
  }
}
