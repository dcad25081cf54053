package io.github.deit4j.recipe;

import io.github.deit4j.recipe.FlatYaml.YamlValue;
import io.github.deit4j.recipe.FlatYaml.YamlValue.Items;
import io.github.deit4j.recipe.FlatYaml.YamlValue.Scalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One key of a {@link Recipe}: its name, type, range, default and meaning. {@link Settings} is the
 * table of all.
 *
 * @param <T> type of the value
 */
public final class Setting<T> {
  private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]*)");
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
  private static final Pattern SAFE_WORD = Pattern.compile("[a-z][a-z0-9_.-]*");

  private final String key;
  private final String expectation;
  private final String description;
  private final Function<YamlValue, Optional<T>> parser;
  private final Function<T, String> writer;
  private String defaultText = "none";
  private Function<Recipe, Optional<T>> fallback = recipe -> Optional.empty();
  private Predicate<Recipe> rule = recipe -> true;
  private Function<Recipe, String> ruleText = recipe -> "";

  private Setting(
      String key,
      String expectation,
      String description,
      Function<YamlValue, Optional<T>> parser,
      Function<T, String> writer) {
    this.key = key;
    this.expectation = expectation;
    this.description = description;
    this.parser = parser;
    this.writer = writer;
  }

  /** An interval of numbers; an open end is not part of it. */
  record Range(double min, boolean minOpen, double max, boolean maxOpen) {
    static Range atLeast(double min) {
      return new Range(min, false, Double.POSITIVE_INFINITY, true);
    }

    static Range above(double min) {
      return new Range(min, true, Double.POSITIVE_INFINITY, true);
    }

    Range atMost(double limit) {
      return new Range(min, minOpen, limit, false);
    }

    Range below(double limit) {
      return new Range(min, minOpen, limit, true);
    }

    boolean contains(double value) {
      return (minOpen ? value > min : value >= min) && (maxOpen ? value < max : value <= max);
    }

    /** Returns the interval in words, with {@code format} for its ends. */
    @Override
    public String toString() {
      List<String> ends = new ArrayList<>();
      if (min != Double.NEGATIVE_INFINITY) {
        ends.add((minOpen ? "above " : "at least ") + shortest(min));
      }
      if (max != Double.POSITIVE_INFINITY) {
        ends.add((maxOpen ? "below " : "at most ") + shortest(max));
      }
      return String.join(" and ", ends);
    }
  }

  static Setting<Integer> integer(String key, int min, int max, String description) {
    return new Setting<>(
        key,
        max == Integer.MAX_VALUE
            ? "an integer of at least " + min
            : "an integer from " + min + " to " + max,
        description,
        value -> wholeNumber(value).filter(n -> n >= min && n <= max).map(Long::intValue),
        String::valueOf);
  }

  static Setting<Long> longInteger(String key, String description) {
    return new Setting<>(
        key, "an integer of at most 64 bits", description, Setting::wholeNumber, String::valueOf);
  }

  static Setting<Double> number(String key, Range range, String description) {
    return new Setting<>(
        key,
        "a number " + range,
        description,
        value -> decimal(value).filter(range::contains),
        Setting::shortest);
  }

  /** A number from 0 to 1. */
  static Setting<Double> share(String key, String description) {
    return number(key, Range.atLeast(0).atMost(1), description);
  }

  /** A number from 0 to less than 1. */
  static Setting<Double> rate(String key, String description) {
    return number(key, Range.atLeast(0).below(1), description);
  }

  static Setting<List<Double>> numbers(String key, Range range, String description) {
    return new Setting<>(
        key,
        "a list of one number per channel, each " + range,
        description,
        value -> decimals(value, range),
        list -> list.stream().map(Setting::shortest).collect(Collectors.joining(", ", "[", "]")));
  }

  static Setting<Boolean> flag(String key, String description) {
    return new Setting<>(
        key,
        "true or false",
        description,
        value ->
            plain(value)
                .filter(text -> text.equals("true") || text.equals("false"))
                .map(Boolean::valueOf),
        String::valueOf);
  }

  /** A setting whose values are an enum's constants, written in kebab case. */
  static <E extends Enum<E>> Setting<E> choice(String key, Class<E> type, String description) {
    List<E> constants = Arrays.asList(type.getEnumConstants());
    return new Setting<>(
        key,
        oneOf(constants.stream().map(Setting::kebab).toList()),
        description,
        value ->
            text(value)
                .flatMap(text -> constants.stream().filter(e -> kebab(e).equals(text)).findFirst()),
        Setting::kebab);
  }

  static Setting<String> word(String key, List<String> words, String description) {
    return new Setting<>(
        key, oneOf(words), description, value -> text(value).filter(words::contains), w -> w);
  }

  /** A word of a small language of its own. */
  static Setting<String> pattern(
      String key, Pattern words, String expectation, String description) {
    return new Setting<>(
        key,
        expectation,
        description,
        value -> text(value).filter(word -> words.matcher(word).matches()),
        word -> word);
  }

  static Setting<String> text(String key, String description) {
    return text(key, 100, description);
  }

  /** A setting that names a file or folder. */
  static Setting<String> path(String key, String description) {
    return text(key, 1000, description);
  }

  private static Setting<String> text(String key, int longest, String description) {
    return new Setting<>(
        key,
        "a text of 1 to %d printable characters".formatted(longest),
        description,
        value -> text(value).filter(text -> isPrintable(text, longest)),
        Setting::quotedIfNeeded);
  }

  /** Gives the setting a default, when the table is made. */
  Setting<T> or(T value) {
    return or(writer.apply(value), recipe -> Optional.of(value));
  }

  /**
   * Gives the setting a default that depends on settings further up in the table.
   *
   * @param text the default in words
   * @param value the default; empty where the key has to be given
   */
  Setting<T> or(String text, Function<Recipe, Optional<T>> value) {
    defaultText = text;
    fallback = value;
    return this;
  }

  /**
   * Gives the setting a rule that its value keeps beside those of others.
   *
   * @param expected what the value has to be by the rule, in words
   */
  Setting<T> rule(Function<Recipe, String> expected, Predicate<Recipe> holds) {
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
    if (!rule.test(recipe)) {
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
    return fallback.apply(partial);
  }

  /** Returns a value as YAML; parsing gives it back. */
  String write(T value) {
    return writer.apply(value);
  }

  /** Returns the shortest text that reads back as the same number: 0.05, 1e-6, 300. */
  static String shortest(double value) {
    String text = Double.toString(value).replace("E", "e");
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text.replace(".0e", "e");
  }

  private static Optional<String> text(YamlValue value) {
    return value instanceof Scalar scalar ? Optional.of(scalar.text()) : Optional.empty();
  }

  private static Optional<String> plain(YamlValue value) {
    return value instanceof Scalar scalar && scalar.plain()
        ? Optional.of(scalar.text())
        : Optional.empty();
  }

  private static Optional<Long> wholeNumber(YamlValue value) {
    return plain(value)
        .filter(text -> INTEGER.matcher(text).matches())
        .flatMap(
            text -> {
              try {
                return Optional.of(Long.valueOf(text));
              } catch (NumberFormatException e) {
                return Optional.empty(); // more than 64 bits
              }
            });
  }

  private static Optional<Double> decimal(YamlValue value) {
    return plain(value)
        .filter(text -> NUMBER.matcher(text).matches())
        .map(Double::valueOf)
        .filter(Double::isFinite)
        .map(number -> number + 0.0); // −0 becomes 0
  }

  private static Optional<List<Double>> decimals(YamlValue value, Range range) {
    if (!(value instanceof Items list) || list.items().isEmpty()) {
      return Optional.empty();
    }
    List<Double> numbers = new ArrayList<>();
    for (Scalar item : list.items()) {
      decimal(item).filter(range::contains).ifPresent(numbers::add);
    }
    return Optional.of(List.copyOf(numbers)).filter(n -> n.size() == list.items().size());
  }

  private static boolean isPrintable(String text, int longest) {
    return !text.isBlank()
        && text.length() <= longest
        && text.codePoints().allMatch(c -> c >= ' ' && c < 0x7f || Character.isLetterOrDigit(c));
  }

  private static String quotedIfNeeded(String text) {
    return SAFE_WORD.matcher(text).matches() ? text : "'" + text.replace("'", "''") + "'";
  }

  private static String kebab(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String oneOf(List<String> words) {
    return "one of " + String.join(", ", words);
  }
}
