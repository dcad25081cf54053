package io.github.deit4j.nn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The names that a library gives to a model's tensors, next to timm's, which are ours. */
public interface TensorNames {
  /** timm's own. */
  TensorNames TIMM = List::of;

  /**
   * Returns the library's tensors that make up one of timm's, stacked row upon row.
   *
   * @param timmName such as {@code blocks.0.attn.qkv.weight}
   * @throws IllegalArgumentException if the model has no tensor of this name
   */
  List<String> parts(String timmName);

  /**
   * Groups a file's tensors under timm's names, in their order. One that is no tensor of the model
   * keeps its name, as all do here.
   *
   * @return by timm's names, what each is made of, the first rows first
   */
  default Map<String, List<String>> byTimmName(Set<String> tensors) {
    Map<String, List<String>> grouped = new LinkedHashMap<>();
    tensors.forEach(name -> grouped.put(name, List.of(name)));
    return grouped;
  }
}
