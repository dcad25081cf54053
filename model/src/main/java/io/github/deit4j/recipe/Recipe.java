package io.github.deit4j.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.input.InputFiles;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.recipe.FlatYaml.YamlValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  private Recipe(String source, Map<String, YamlValue> given) {
    this.source = source;
    given.forEach(this::refuseUnknown);
    for (Setting<?> setting : Settings.all().values()) {
      values.put(setting, valueOf(setting, Optional.ofNullable(given.get(setting.key()))));
    }
    ModelSettings.check(this, source);
    Settings.all().values().forEach(setting -> setting.check(this, source));
  }

  private void refuseUnknown(String key, YamlValue value) {
    if (!Settings.all().containsKey(key)) {
      throw new RecipeException(
          "%s: %s: no setting has this name; the nearest is \"%s\""
              .formatted(value.where(), key, nearest(key, Settings.all().keySet())));
    }
  }

  private <T> T valueOf(Setting<T> setting, Optional<YamlValue> given) {
    return given
        .map(setting::parse)
        .or(() -> setting.defaultValue(this))
        .orElseThrow(
            () -> new RecipeException(source, setting.key(), setting.expectation(), "no such key"));
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
        "recipe: expected a file or one of %s, found \"%s\"; the nearest is \"%s\""
            .formatted(String.join(", ", BUILT_IN), nameOrFile, nearest(nameOrFile, BUILT_IN)));
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

  /** Returns the word with the least edit distance; the first of several. */
  private static String nearest(String word, Collection<String> words) {
    return words.stream().min(Comparator.comparingInt(w -> distance(word, w))).orElseThrow();
  }

  /** Returns the least number of inserted, deleted and replaced characters (Levenshtein). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j - 1], row[j]));
      }
    }
    return row[b.length()];
  }

  /** Returns the value of a setting. */
  @SuppressWarnings("unchecked") // each setting's value was made by that setting
  public <T> T get(Setting<T> setting) {
    return (T) values.get(setting);
  }

  /**
   * Returns this recipe with one setting changed; all others keep their values.
   *
   * @throws RecipeException if the value is out of range or contradicts another setting
   */
  public <T> Recipe with(Setting<T> setting, T value) {
    Map<String, YamlValue> given = FlatYaml.read(source, toYaml());
    given.put(setting.key(), FlatYaml.readValue(source, setting.write(value)));
    return new Recipe(source, given);
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
