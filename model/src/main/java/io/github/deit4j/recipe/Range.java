package io.github.deit4j.recipe;

import java.util.ArrayList;
import java.util.List;

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
      ends.add((minOpen ? "above " : "at least ") + Setting.shortest(min));
    }
    if (max != Double.POSITIVE_INFINITY) {
      ends.add((maxOpen ? "below " : "at most ") + Setting.shortest(max));
    }
    return String.join(" and ", ends);
  }
}
