package io.github.deit4j.recipe;

import java.util.List;
import java.util.stream.Collectors;

/** A value of a flat YAML mapping, still without a type, that knows where it was written. */
sealed interface YamlValue {
  /** Returns what errors call the place: file and line, or the option. */
  String where();

  /** Returns the value as errors show it. */
  String shown();

  /**
   * One word, number or text.
   *
   * @param plain whether it stands without quotes, so that it may be a number or a truth value
   */
  record Scalar(String text, boolean plain, String where) implements YamlValue {
    private static final int MAX_SHOWN = 100;

    @Override
    public String shown() {
      if (plain && text.isEmpty()) {
        return "nothing";
      }
      String head = text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
      return plain ? head : '"' + head + '"';
    }
  }

  /** A sequence of scalars. */
  record Items(List<Scalar> items, String where) implements YamlValue {
    @Override
    public String shown() {
      return items.stream().map(Scalar::shown).collect(Collectors.joining(", ", "[", "]"));
    }
  }
}
