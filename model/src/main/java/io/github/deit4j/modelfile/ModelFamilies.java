package io.github.deit4j.modelfile;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.regnet.RegNetFamily;
import io.github.deit4j.vit.DeiT3Family;
import io.github.deit4j.vit.DeiTFamily;
import java.util.List;

/** The model families that there are: a new one is a line here. */
public final class ModelFamilies {
  /** All of them, in the order of their settings in recipes. */
  public static final List<ModelFamily> ALL =
      List.of(
          DeiTFamily.INSTANCE, //
          DeiT3Family.INSTANCE,
          RegNetFamily.INSTANCE);

  private ModelFamilies() {}

  /** Returns the names of all registered models. */
  public static List<String> models() {
    return ALL.stream().flatMap(family -> family.models().stream()).toList();
  }

  /**
   * Returns the configuration of a registered model.
   *
   * @throws IllegalArgumentException if no model has that name; lists those there are
   */
  public static ModelConfig config(String model) {
    return ALL.stream()
        .filter(family -> family.models().contains(model))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "model '%s' is not known: expected one of %s"
                        .formatted(model, String.join(", ", models()))))
        .config(model);
  }
}
