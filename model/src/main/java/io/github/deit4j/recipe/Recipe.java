package io.github.deit4j.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.input.InputFiles;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.recipe.FlatYaml.YamlValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All settings of a training run. Immutable, complete and checked: {@link Settings} says which keys
 * there are, what they mean, and what holds where a recipe leaves one out.
 *
 * <p>A recipe is a flat YAML mapping of these keys. Which folder the data lie in, which teacher is
 * used and on what machine is not part of it.
 */
public final class Recipe {
  /** Names of the recipes that come with deit4j. */
  public static final List<String> BUILT_IN =
      List.of(
          "own-images",
          "fashion-mnist",
          "fashion-mnist-teacher",
          "fashion-mnist-convnet",
          "fashion-mnist-study",
          "fashion-mnist-study-convnet",
          "cifar10",
          "cifar100",
          "cifar10-study",
          "cifar10-study-convnet",
          "image-folder-study",
          "image-folder-study-convnet",
          "deit-tiny",
          "deit-tiny-distilled",
          "deit-small",
          "deit-small-distilled",
          "deit-base",
          "deit-base-distilled",
          "deit-base-soft",
          "regnety-160",
          "deit3-small",
          "deit3-base",
          "finetune-384",
          "finetune-384-distilled",
          "finetune-cifar10",
          "finetune-cifar100",
          "finetune-inaturalist",
          "finetune-flowers",
          "finetune-cars");

  private final String source;
  private final Map<String, YamlValue> given;
  private final Map<Setting<?>, Object> values = new LinkedHashMap<>();

  /**
   * A setting that differs between two recipes.
   *
   * @param key the setting's key
   * @param from its value in the one recipe, as YAML
   * @param to its value in the other
   */
  public record Difference(String key, String from, String to) {
    @Override
    public String toString() {
      return key + ": " + from + " -> " + to;
    }
  }

  /** What is still to be fitted is checked then. */
  private Recipe(String source, Map<String, YamlValue> given) {
    this(source, given, false);
    if (!get(Settings.FIT_TO_DATA) || given.keySet().containsAll(Settings.all().keySet())) {
      check();
    }
  }

  private Recipe(String source, Map<String, YamlValue> given, boolean fitted) {
    this.source = source;
    this.given = Map.copyOf(given);
    given.forEach(Recipe::refuseUnknown);
    List<String> missing = new ArrayList<>();
    for (Setting<?> setting : Settings.all().values()) {
      try {
        Object value = valueOf(setting, Optional.ofNullable(given.get(setting.key())));
        if (value == null) {
          missing.add(missing(setting));
        } else {
          values.put(setting, value);
        }
      } catch (DependsOnMissingException e) {
        // The one it depends on is in the list.
      }
    }
    if (!missing.isEmpty()) {
      throw new RecipeException(source + ": " + String.join("\n  ", missing));
    }
    if (fitted) {
      check();
    }
  }

  private void check() {
    ModelSettings.check(this, source);
    Settings.all().values().forEach(setting -> setting.check(this, source));
  }

  private static void refuseUnknown(String key, YamlValue value) {
    Set<String> keys = Settings.all().keySet();
    if (!keys.contains(key)) {
      String advice =
          NearestWord.to(key, keys)
              .map("the nearest is \"%s\""::formatted)
              .orElse("none is near; there are " + String.join(", ", keys));
      throw new RecipeException(
          "%s: %s: no setting has this name; %s".formatted(value.where(), key, advice));
    }
  }

  /** Returns the value given or the default; null if there is neither. */
  private <T> T valueOf(Setting<T> setting, Optional<YamlValue> value) {
    return value.map(setting::parse).or(() -> setting.defaultValue(this)).orElse(null);
  }

  private static String missing(Setting<?> setting) {
    String sizes =
        setting == Settings.MODEL
            ? "; one of your own needs its sizes, too: " + ModelSettings.sizesOfCustomModels()
            : "";
    return "%s: expected %s, found no such key%s"
        .formatted(setting.key(), setting.expectation(), sizes);
  }

  /** A default follows from a setting that is missing. */
  private static final class DependsOnMissingException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Loads a recipe and changes some of its settings.
   *
   * @param nameOrFile one of {@link #BUILT_IN}, or a file in YAML
   * @param sets changes of the form {@code key=value}
   * @throws RecipeException if there is no such recipe, a key is unknown or given twice, a value
   *     has the wrong type or is out of range, or settings contradict each other
   */
  public static Recipe load(String nameOrFile, List<String> sets) {
    Map<String, YamlValue> given = FlatYaml.read(nameOrFile, yaml(nameOrFile));
    Map<String, YamlValue> changes = new LinkedHashMap<>();
    for (String set : sets) {
      addChange(changes, set);
    }
    given.putAll(changes);
    return new Recipe(nameOrFile, given);
  }

  /**
   * Reads a recipe from a text in YAML.
   *
   * @param source what errors call the text
   * @throws RecipeException as {@link #load}
   */
  public static Recipe parse(String source, String yaml) {
    return new Recipe(source, FlatYaml.read(source, yaml));
  }

  /**
   * Reads the recipe that a run left. One without {@code grain} is of a run whose effective batches
   * were one sum each.
   *
   * @throws RecipeException as {@link #load}
   */
  public static Recipe ofRun(String source, String yaml) {
    Map<String, YamlValue> given = FlatYaml.read(source, yaml);
    Recipe recipe = new Recipe(source, given);
    if (!given.containsKey(Settings.GRAIN.key())) {
      recipe.values.put(Settings.GRAIN, Math.toIntExact(recipe.effectiveBatch()));
    }
    return recipe;
  }

  private static String yaml(String nameOrFile) {
    try {
      if (BUILT_IN.contains(nameOrFile)) {
        return builtIn(nameOrFile);
      }
      Path file = Path.of(nameOrFile);
      if (Files.exists(file)) {
        return InputFiles.readTextOfAnyKind(file, Limit.RECIPE_BYTES, IOException::new);
      }
    } catch (InvalidPathException e) {
      // no name of a file on this system, and so no file
    } catch (CharacterCodingException e) {
      throw new RecipeException(nameOrFile + ": expected text in UTF-8, found other bytes");
    } catch (IOException e) {
      throw new RecipeException(nameOrFile + ": cannot be read: " + e.getMessage());
    }
    throw new RecipeException(
        "recipe: expected a file or one of %s, found \"%s\"%s"
            .formatted(
                String.join(", ", BUILT_IN),
                nameOrFile,
                NearestWord.to(nameOrFile, BUILT_IN)
                    .map("; the nearest is \"%s\""::formatted)
                    .orElse("")));
  }

  private static String builtIn(String name) throws IOException {
    try (InputStream in = Recipe.class.getResourceAsStream("recipes/" + name + ".yaml")) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static void addChange(Map<String, YamlValue> changes, String set) {
    int equals = set.indexOf('=');
    if (equals < 1) {
      throw new RecipeException("--set: expected key=value, found \"" + set + "\"");
    }
    String key = set.substring(0, equals);
    YamlValue value = FlatYaml.readValue("--set " + set, set.substring(equals + 1));
    if (changes.put(key, value) != null) {
      throw new RecipeException("--set " + set, key, "each key once", "it twice");
    }
  }

  /** Returns the value of a setting. */
  @SuppressWarnings("unchecked") // each setting's value was made by that setting
  public <T> T get(Setting<T> setting) {
    Object value = values.get(setting);
    if (value == null) {
      throw new DependsOnMissingException();
    }
    return (T) value;
  }

  /**
   * Returns the recipe for a data set: with {@code fit-to-data: true} what it does not give is
   * chosen by the number of images, and the model by the weights it starts from; else itself.
   *
   * @param images number of training images, at least 1
   * @param start describes the weights to start from; null for a random start
   * @throws RecipeException if no recipe can have the model of these weights
   */
  public Recipe fitted(int images, ModelInfo start) {
    if (!get(Settings.FIT_TO_DATA)) {
      return this;
    }
    Map<String, YamlValue> all = new LinkedHashMap<>();
    DataFit.of(this, given.keySet(), images, start)
        .forEach((key, yaml) -> all.put(key, FlatYaml.readValue(source, yaml)));
    all.putAll(given);
    return new Recipe(source, all, true);
  }

  /**
   * Returns this recipe with one setting changed; all others keep their values.
   *
   * @throws RecipeException if the value is out of range or contradicts another setting
   */
  public <T> Recipe with(Setting<T> setting, T value) {
    Map<String, YamlValue> all = FlatYaml.read(source, toYaml());
    all.put(setting.key(), FlatYaml.readValue(source, setting.write(value)));
    return new Recipe(source, all);
  }

  /** Returns the model's configuration for a data set with that many classes. */
  public ModelConfig modelConfig(int classes) {
    return ModelSettings.config(this, classes);
  }

  /** Returns the images of an optimizer step. */
  public long effectiveBatch() {
    return (long) get(Settings.BATCH) * get(Settings.ACCUMULATE);
  }

  /** Returns the settings whose values differ, in the table's order. */
  public List<Difference> diff(Recipe other) {
    List<Difference> differences = new ArrayList<>();
    for (Setting<?> setting : Settings.all().values()) {
      String from = valueAsYaml(setting);
      String to = other.valueAsYaml(setting);
      if (!from.equals(to)) {
        differences.add(new Difference(setting.key(), from, to));
      }
    }
    return List.copyOf(differences);
  }

  /**
   * Returns all settings as YAML, with what each means in a comment. Equal recipes give equal
   * texts, and {@link #parse} gives the recipe back.
   */
  public String toYaml() {
    StringBuilder yaml = new StringBuilder();
    for (Setting<?> setting : Settings.all().values()) {
      yaml.append(
          "# %s (%s; default: %s)\n%s: %s\n"
              .formatted(
                  setting.description(),
                  setting.expectation(),
                  setting.defaultText(),
                  setting.key(),
                  valueAsYaml(setting)));
    }
    return yaml.toString();
  }

  /** Returns the value of a setting as {@link #toYaml} writes it. */
  public <T> String valueAsYaml(Setting<T> setting) {
    return setting.write(get(setting));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Recipe that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return "recipe " + get(Settings.NAME);
  }
}
