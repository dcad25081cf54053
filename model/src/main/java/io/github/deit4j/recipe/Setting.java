package io.github.deit4j.recipe;

import io.github.deit4j.recipe.FlatYaml.YamlValue;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * One key of a {@link Recipe}: its name, type, range, default and meaning. {@link Settings} is the
 * table of all.
 *
 * @param <T> type of the value
 */
public final class Setting<T> {
  private final String key;
  private final String expectation;
  private final Function<YamlValue, Optional<T>> parser;
  private final Function<T, String> writer;
  private String description;
  private String defaultText = "none";
  private Function<Recipe, T> fallback = recipe -> null;
  private BiPredicate<T, Recipe> rule = (value, recipe) -> true;
  private Function<Recipe, String> ruleText = recipe -> "";

  /** Creates a setting; a default of null is none. */
  Setting(
      String key,
      T value,
      String expectation,
      Function<YamlValue, Optional<T>> parser,
      Function<T, String> writer) {
    this.key = key;
    this.expectation = expectation;
    this.parser = parser;
    this.writer = writer;
    if (value != null) {
      or(value);
    }
  }

  Setting<T> means(String text) {
    description = text;
    return this;
  }

  /** Gives the setting a default, when the table is made. */
  Setting<T> or(T value) {
    return or(writer.apply(value), recipe -> value);
  }

  /**
   * Gives the setting a default that depends on settings further up in the table.
   *
   * @param text the default in words
   * @param value the default; null where the key has to be given
   */
  Setting<T> or(String text, Function<Recipe, T> value) {
    defaultText = text;
    fallback = value;
    return this;
  }

  /**
   * Gives the setting a rule that its value keeps beside those of others.
   *
   * @param expected what the value has to be by the rule, in words
   */
  Setting<T> rule(Function<Recipe, String> expected, BiPredicate<T, Recipe> holds) {
    ruleText = expected;
    rule = holds;
    return this;
  }

  /**
   * Checks the rule.
   *
   * @param source what errors call the recipe
   */
  void check(Recipe recipe, String source) {
    if (!rule.test(recipe.get(this), recipe)) {
      throw new RecipeException(source, key, ruleText.apply(recipe), recipe.valueAsYaml(this));
    }
  }

  /** Returns the name in recipes and behind {@code --set}. */
  public String key() {
    return key;
  }

  /** Returns the type and range in words, such as "an integer from 1 to 10". */
  public String expectation() {
    return expectation;
  }

  /** Returns the meaning, in one line. */
  public String description() {
    return description;
  }

  /** Returns the default in words. */
  public String defaultText() {
    return defaultText;
  }

  @Override
  public String toString() {
    return key;
  }

  T parse(YamlValue value) {
    return parser
        .apply(value)
        .orElseThrow(() -> new RecipeException(value.where(), key, expectation, value.shown()));
  }

  /** Returns the default, empty if there is none. */
  Optional<T> defaultValue(Recipe partial) {
    return Optional.ofNullable(fallback.apply(partial));
  }

  /** Returns a value as YAML; parsing gives it back. */
  String write(T value) {
    return writer.apply(value);
  }
}
