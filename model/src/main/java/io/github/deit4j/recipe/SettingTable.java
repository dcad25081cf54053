package io.github.deit4j.recipe;

import io.github.deit4j.recipe.FlatYaml.YamlValue;
import io.github.deit4j.recipe.FlatYaml.YamlValue.Items;
import io.github.deit4j.recipe.FlatYaml.YamlValue.Scalar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Settings in the order in which recipes are written, and what makes one of every type. A default
 * of null means that recipes have to give the key, unless {@link Setting#or} says otherwise.
 */
final class SettingTable {
  private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]*)");
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
  private static final Pattern SAFE_WORD = Pattern.compile("[a-z][a-z0-9_.-]*");

  private final Map<String, Setting<?>> settings = new LinkedHashMap<>();

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

    boolean contains(double value) {
      return (minOpen ? value > min : value >= min) && (maxOpen ? value < max : value <= max);
    }

    /** Returns the interval in words. */
    @Override
    public String toString() {
      String least = (minOpen ? "above " : "at least ") + shortest(min);
      return max == Double.POSITIVE_INFINITY
          ? least
          : least + (maxOpen ? " and below " : " and at most ") + shortest(max);
    }
  }

  /** Returns all settings by key, in order. */
  Map<String, Setting<?>> all() {
    return Collections.unmodifiableMap(settings);
  }

  void addAll(SettingTable others) {
    settings.putAll(others.settings);
  }

  /** Adds a setting, with its meaning in one line. */
  <T> Setting<T> add(Setting<T> setting, String description) {
    settings.put(setting.key(), setting);
    return setting.means(description);
  }

  static Setting<Integer> integer(String key, Integer value, int min, int max) {
    String expectation =
        max == Integer.MAX_VALUE
            ? "an integer of at least " + min
            : "an integer from " + min + " to " + max;
    return new Setting<>(
        key,
        value,
        expectation,
        yaml -> wholeNumber(yaml).filter(n -> n >= min && n <= max).map(Long::intValue),
        String::valueOf);
  }

  static Setting<Long> longInteger(String key, Long value) {
    return new Setting<>(
        key, value, "an integer of at most 64 bits", SettingTable::wholeNumber, String::valueOf);
  }

  static Setting<Double> number(String key, Double value, Range range) {
    return new Setting<>(
        key,
        value,
        "a number " + range,
        yaml -> decimal(yaml).filter(range::contains),
        SettingTable::shortest);
  }

  /** A number from 0 to 1. */
  static Setting<Double> share(String key, Double value) {
    return number(key, value, Range.atLeast(0).atMost(1));
  }

  /** A number from 0 to less than 1. */
  static Setting<Double> rate(String key, Double value) {
    return number(key, value, new Range(0, false, 1, true));
  }

  static Setting<List<Double>> numbers(String key, Range range) {
    return new Setting<>(
        key,
        null,
        "a list of one number per channel, each " + range,
        yaml -> decimals(yaml, range),
        SettingTable::list);
  }

  /** Returns a list of numbers as YAML. */
  static String list(List<Double> numbers) {
    return numbers.stream().map(SettingTable::shortest).collect(Collectors.joining(", ", "[", "]"));
  }

  static Setting<Boolean> flag(String key, Boolean value) {
    return new Setting<>(
        key,
        value,
        "true or false",
        yaml -> plain(yaml).filter(List.of("true", "false")::contains).map(Boolean::valueOf),
        String::valueOf);
  }

  /** A setting whose values are an enum's constants, written in kebab case. */
  static <E extends Enum<E>> Setting<E> choice(String key, E value) {
    return choice(key, value.getDeclaringClass()).or(value);
  }

  static <E extends Enum<E>> Setting<E> choice(String key, Class<E> type) {
    List<E> constants = Arrays.asList(type.getEnumConstants());
    return new Setting<>(
        key,
        null,
        oneOf(constants.stream().map(SettingTable::kebab).toList()),
        yaml ->
            text(yaml)
                .flatMap(text -> constants.stream().filter(e -> kebab(e).equals(text)).findFirst()),
        SettingTable::kebab);
  }

  static Setting<String> word(String key, List<String> words) {
    return words(key, null, words::contains, oneOf(words), word -> word);
  }

  /** A word of a small language of its own. */
  static Setting<String> pattern(String key, String value, Pattern words, String expectation) {
    return words(key, value, words.asMatchPredicate(), expectation, word -> word);
  }

  static Setting<String> text(String key, String value) {
    return text(key, value, 100);
  }

  /** A setting that names a file or folder. */
  static Setting<String> path(String key, String value) {
    return text(key, value, 1000);
  }

  private static Setting<String> text(String key, String value, int longest) {
    return words(
        key,
        value,
        text -> isPrintable(text, longest),
        "a text of 1 to %d printable characters".formatted(longest),
        SettingTable::quotedIfNeeded);
  }

  private static Setting<String> words(
      String key,
      String value,
      Predicate<String> allowed,
      String expectation,
      UnaryOperator<String> writer) {
    return new Setting<>(key, value, expectation, yaml -> text(yaml).filter(allowed), writer);
  }

  /** Returns the shortest text that reads back as the same number: 0.05, 1e-6, 300. */
  private static String shortest(double value) {
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

  /** Reads a list of numbers; empty if it is none, or has none, or others. */
  static Optional<List<Double>> decimals(YamlValue value, Range range) {
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
