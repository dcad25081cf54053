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
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Makes settings of every type and keeps them in the order in which recipes are written. A default
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

  private <T> Setting<T> add(Setting<T> setting, T value) {
    settings.put(setting.key(), setting);
    return value == null ? setting : setting.or(value);
  }

  Setting<Integer> integer(String key, Integer value, int min, int max, String description) {
    String expectation =
        max == Integer.MAX_VALUE
            ? "an integer of at least " + min
            : "an integer from " + min + " to " + max;
    Function<YamlValue, Optional<Integer>> parser =
        yaml -> wholeNumber(yaml).filter(n -> n >= min && n <= max).map(Long::intValue);
    return add(new Setting<>(key, expectation, description, parser, String::valueOf), value);
  }

  Setting<Long> longInteger(String key, Long value, String description) {
    String expectation = "an integer of at most 64 bits";
    return add(
        new Setting<>(key, expectation, description, SettingTable::wholeNumber, String::valueOf),
        value);
  }

  Setting<Double> number(String key, Double value, Range range, String description) {
    Function<YamlValue, Optional<Double>> parser = yaml -> decimal(yaml).filter(range::contains);
    return add(
        new Setting<>(key, "a number " + range, description, parser, SettingTable::shortest),
        value);
  }

  /** A number from 0 to 1. */
  Setting<Double> share(String key, Double value, String description) {
    return number(key, value, Range.atLeast(0).atMost(1), description);
  }

  /** A number from 0 to less than 1. */
  Setting<Double> rate(String key, Double value, String description) {
    return number(key, value, new Range(0, false, 1, true), description);
  }

  Setting<List<Double>> numbers(String key, Range range, String description) {
    return add(
        new Setting<>(
            key,
            "a list of one number per channel, each " + range,
            description,
            yaml -> decimals(yaml, range),
            list ->
                list.stream()
                    .map(SettingTable::shortest)
                    .collect(Collectors.joining(", ", "[", "]"))),
        null);
  }

  Setting<Boolean> flag(String key, Boolean value, String description) {
    Function<YamlValue, Optional<Boolean>> parser =
        yaml -> plain(yaml).filter(List.of("true", "false")::contains).map(Boolean::valueOf);
    return add(new Setting<>(key, "true or false", description, parser, String::valueOf), value);
  }

  /** A setting whose values are an enum's constants, written in kebab case. */
  <E extends Enum<E>> Setting<E> choice(String key, E value, String description) {
    return choice(key, value.getDeclaringClass(), description).or(value);
  }

  <E extends Enum<E>> Setting<E> choice(String key, Class<E> type, String description) {
    List<E> constants = Arrays.asList(type.getEnumConstants());
    String expectation = oneOf(constants.stream().map(SettingTable::kebab).toList());
    Function<YamlValue, Optional<E>> parser =
        yaml ->
            text(yaml)
                .flatMap(text -> constants.stream().filter(e -> kebab(e).equals(text)).findFirst());
    return add(new Setting<>(key, expectation, description, parser, SettingTable::kebab), null);
  }

  Setting<String> word(String key, List<String> words, String description) {
    Function<YamlValue, Optional<String>> parser = yaml -> text(yaml).filter(words::contains);
    return add(new Setting<>(key, oneOf(words), description, parser, word -> word), null);
  }

  /** A word of a small language of its own. */
  Setting<String> pattern(
      String key, String value, Pattern words, String expectation, String description) {
    Function<YamlValue, Optional<String>> parser =
        yaml -> text(yaml).filter(word -> words.matcher(word).matches());
    return add(new Setting<>(key, expectation, description, parser, word -> word), value);
  }

  Setting<String> text(String key, String value, String description) {
    return text(key, value, 100, description);
  }

  /** A setting that names a file or folder. */
  Setting<String> path(String key, String value, String description) {
    return text(key, value, 1000, description);
  }

  private Setting<String> text(String key, String value, int longest, String description) {
    String expectation = "a text of 1 to %d printable characters".formatted(longest);
    Function<YamlValue, Optional<String>> parser =
        yaml -> text(yaml).filter(text -> isPrintable(text, longest));
    return add(
        new Setting<>(key, expectation, description, parser, SettingTable::quotedIfNeeded), value);
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
