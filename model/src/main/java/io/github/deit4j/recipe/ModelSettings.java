package io.github.deit4j.recipe;

import static io.github.deit4j.recipe.SettingTable.Range.above;
import static io.github.deit4j.recipe.SettingTable.Range.atLeast;

import io.github.deit4j.modelfile.ModelFamilies;
import io.github.deit4j.nn.Hyperparameter;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The settings that make up a model: its name, and the hyperparameters of all families. Those of a
 * registered model follow from its name; those that its family lacks have a value that stands for
 * none.
 */
final class ModelSettings {
  static final SettingTable TABLE = new SettingTable();
  private static final Map<Hyperparameter<?>, Setting<?>> SETTINGS = new LinkedHashMap<>();

  static {
    for (ModelFamily family : ModelFamilies.ALL) {
      family.hyperparameters().forEach(key -> SETTINGS.computeIfAbsent(key, ModelSettings::make));
    }
    of(Hyperparameter.CHANNELS).rule(recipe -> "1 or 3", (channels, recipe) -> channels != 2);
  }

  private ModelSettings() {}

  private static Setting<?> make(Hyperparameter<?> key) {
    return key.type() == Boolean.class
        ? withDefault(TABLE.flag(key.key(), null, key.description()), key)
        : key.type() == Integer.class
            ? withDefault(
                TABLE.integer(key.key(), null, (int) key.min(), (int) key.max(), key.description()),
                key)
            : withDefault(
                TABLE.number(
                    key.key(),
                    null,
                    (key.above() ? above(key.min()) : atLeast(key.min())).atMost(key.max()),
                    key.description()),
                key);
  }

  @SuppressWarnings("unchecked") // the setting was made for the hyperparameter's type
  private static <T> Setting<T> withDefault(Setting<T> setting, Hyperparameter<?> any) {
    var key = (Hyperparameter<T>) any;
    return key.optional()
        ? setting.or(key.absent())
        : setting.or("by model", recipe -> byModel(recipe, key));
  }

  private static <T> Optional<T> byModel(Recipe recipe, Hyperparameter<T> key) {
    ModelFamily family = family(recipe);
    String model = recipe.get(Settings.MODEL);
    if (!family.hyperparameters().contains(key)) {
      return Optional.of(key.absent());
    }
    return model.equals(family.custom())
        ? Optional.empty()
        : Optional.of(family.named(model).get(key));
  }

  /** Returns a hyperparameter's setting. */
  @SuppressWarnings("unchecked") // as it was made
  static <T> Setting<T> of(Hyperparameter<T> key) {
    return (Setting<T>) SETTINGS.get(key);
  }

  /** Returns all values of the setting {@code model}. */
  static List<String> models() {
    return Stream.concat(
            ModelFamilies.models().stream(), ModelFamilies.ALL.stream().map(ModelFamily::custom))
        .toList();
  }

  /** Returns what models of one's own are called, in words. */
  static String customModels() {
    return ModelFamilies.ALL.stream()
        .map(family -> "%s (a %s)".formatted(family.custom(), family.name()))
        .collect(Collectors.joining(", "));
  }

  private static ModelFamily family(Recipe recipe) {
    String model = recipe.get(Settings.MODEL);
    Predicate<ModelFamily> has =
        family -> family.custom().equals(model) || family.models().contains(model);
    return ModelFamilies.ALL.stream().filter(has).findFirst().orElseThrow();
  }

  /** Returns the configuration of a recipe's model. */
  static ModelConfig config(Recipe recipe, int classes) {
    return family(recipe).configure(values(recipe), classes);
  }

  private static Hyperparameter.Values values(Recipe recipe) {
    var values = new Hyperparameter.Values();
    SETTINGS.keySet().forEach(key -> put(values, recipe, key));
    return values;
  }

  private static <T> void put(Hyperparameter.Values to, Recipe recipe, Hyperparameter<T> key) {
    to.put(key, recipe.get(of(key)));
  }

  /**
   * Checks that a registered model has its sizes, that they go with each other, and that those of
   * other families are not set.
   *
   * @param source what errors call the recipe
   */
  static void check(Recipe recipe, String source) {
    ModelFamily family = family(recipe);
    String model = recipe.get(Settings.MODEL);
    if (!model.equals(family.custom())) {
      Hyperparameter.Values named = family.named(model);
      family.hyperparameters().stream()
          .filter(key -> !family.isFree(key))
          .forEach(key -> requireNamed(recipe, source, key, named, family));
    }
    family
        .misfit(values(recipe))
        .ifPresent(misfit -> refuse(recipe, source, misfit.key(), misfit.expected()));
    for (Hyperparameter<?> key : SETTINGS.keySet()) {
      if (!family.hyperparameters().contains(key) && !key.absent().equals(recipe.get(of(key)))) {
        refuse(recipe, source, key, "no such key with model: " + model);
      }
    }
  }

  private static <T> void requireNamed(
      Recipe recipe,
      String source,
      Hyperparameter<T> key,
      Hyperparameter.Values named,
      ModelFamily family) {
    if (!recipe.get(of(key)).equals(named.get(key))) {
      refuse(
          recipe,
          source,
          key,
          "%s, which %s has (leave the key out, or set model: %s)"
              .formatted(
                  of(key).write(named.get(key)), recipe.get(Settings.MODEL), family.custom()));
    }
  }

  private static <T> void refuse(
      Recipe recipe, String source, Hyperparameter<T> key, String expected) {
    Setting<T> setting = of(key);
    throw new RecipeException(source, setting.key(), expected, recipe.valueAsYaml(setting));
  }
}
