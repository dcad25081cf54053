package io.github.deit4j.cli;

/**
 * One thing that {@code doctor} has looked at.
 *
 * @param name what it is
 * @param value what was found
 * @param advice what to do about it; null if it is as it should be
 */
record Finding(String name, String value, String advice) {
  static Finding fine(String name, String value) {
    return new Finding(name, value, null);
  }

  /** Returns the name as a key in JSON. */
  String key() {
    return name.replace(' ', '-');
  }
}
