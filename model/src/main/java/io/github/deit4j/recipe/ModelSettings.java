package io.github.deit4j.recipe;

import io.github.deit4j.modelfile.ModelFamilies;
import io.github.deit4j.nn.Hyperparameter;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.recipe.SettingTable.Range;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
      family.hyperparameters().forEach(key -> SETTINGS.computeIfAbsent(key, any -> make(any)));
    }
    of(Hyperparameter.CHANNELS).rule(recipe -> "1 or 3", (channels, recipe) -> channels != 2);
  }

  private ModelSettings() {}

  private static <T> Setting<T> make(Hyperparameter<T> key) {
    Setting<T> setting = TABLE.add(ofType(key), key.description());
    return key.optional()
        ? setting.or(key.absent())
        : setting.or("by model", recipe -> byModel(recipe, key));
  }

  @SuppressWarnings("unchecked") // as the value of absence is of the type
  private static <T> Setting<T> ofType(Hyperparameter<T> key) {
    return (Setting<T>)
        switch (key.absent()) {
          case Boolean _ -> SettingTable.flag(key.key(), null);
          case Integer _ -> SettingTable.integer(key.key(), null, (int) key.min(), (int) key.max());
          default -> {
            Range least = key.above() ? Range.above(key.min()) : Range.atLeast(key.min());
            yield SettingTable.number(key.key(), null, least.atMost(key.max()));
          }
        };
  }

  private static <T> T byModel(Recipe recipe, Hyperparameter<T> key) {
    ModelFamily family = family(recipe);
    String model = recipe.get(Settings.MODEL);
    if (!family.hyperparameters().contains(key)) {
      return key.absent();
    }
    if (model.equals(family.custom())) {
      return recipe.get(Settings.FIT_TO_DATA) ? DataFit.smallModel(key) : null;
    }
    return family.named(model).get(key);
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

  /** Returns the keys that a model of one's own has to give, family by family, in words. */
  static String sizesOfCustomModels() {
    return ModelFamilies.ALL.stream()
        .map(
            family ->
                "%s: %s"
                    .formatted(
                        family.custom(),
                        family.hyperparameters().stream()
                            .filter(key -> !key.optional())
                            .map(Hyperparameter::key)
                            .collect(Collectors.joining(", "))))
        .collect(Collectors.joining("; "));
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

  /** Returns whether a recipe's model mixes the images of a batch. */
  static boolean mixesImages(Recipe recipe) {
    return family(recipe).mixesImages();
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
    boolean custom = model.equals(family.custom());
    for (Hyperparameter<?> key : SETTINGS.keySet()) {
      if (!family.hyperparameters().contains(key)) {
        String absent = write(key, new Hyperparameter.Values());
        require(recipe, source, key, absent, "no such key with model: " + model);
      } else if (!custom && !family.isFree(key)) {
        String named = write(key, family.named(model));
        require(
            recipe,
            source,
            key,
            named,
            "%s, which %s has (leave the key out, or set model: %s)"
                .formatted(named, model, family.custom()));
      }
    }
    family
        .misfit(values(recipe))
        .ifPresent(misfit -> require(recipe, source, misfit.key(), "", misfit.expected()));
    try {
      config(recipe, 1);
    } catch (IllegalArgumentException e) {
      throw new RecipeException(source + ": sizes of no " + family.name() + ": " + e.getMessage());
    }
  }

  private static <T> String write(Hyperparameter<T> key, Hyperparameter.Values values) {
    return of(key).write(values.get(key));
  }

  private static void require(
      Recipe recipe, String source, Hyperparameter<?> key, String value, String expected) {
    String found = recipe.valueAsYaml(of(key));
    if (!found.equals(value)) {
      throw new RecipeException(source, key.key(), expected, found);
    }
  }
}
