package io.github.deit4j.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A value in a JSON document that knows its place there, so that errors can name it: {@code
 * state.json: optimizer.step: expected an integer, found "ten"}.
 *
 * @param source what errors call the document
 * @param path place in it; empty for the whole
 * @param value the plain value: map, list, string, long, double, boolean or null
 */
public record JsonValue(String source, String path, Object value) {
  private static final int MAX_EXCERPT = 200;

  /** Returns whether this is JSON's null. */
  public boolean isNull() {
    return value == null;
  }

  /**
   * Returns whether this object has the key and its value is not null.
   *
   * @throws JsonException if this is not an object
   */
  public boolean has(String key) throws JsonException {
    return asMap().get(key) != null;
  }

  /**
   * Returns the value of a key, which may be null.
   *
   * @throws JsonException if this is not an object or lacks the key
   */
  public JsonValue get(String key) throws JsonException {
    var map = asMap();
    if (!map.containsKey(key)) {
      throw error(
          "expected the key \"" + key + "\", found only " + excerpt(map.keySet().toString()));
    }
    return new JsonValue(source, path.isEmpty() ? key : path + "." + key, map.get(key));
  }

  /**
   * Returns the keys of this object in the document's order.
   *
   * @throws JsonException if this is not an object
   */
  public Set<String> keys() throws JsonException {
    return asMap().keySet();
  }

  /**
   * Returns the elements of this array.
   *
   * @throws JsonException if this is not an array
   */
  public List<JsonValue> items() throws JsonException {
    List<?> list = as(List.class, "an array");
    var items = new ArrayList<JsonValue>(list.size());
    for (int i = 0; i < list.size(); i++) {
      items.add(new JsonValue(source, path + "[" + i + "]", list.get(i)));
    }
    return items;
  }

  /** Returns this string. */
  public String asString() throws JsonException {
    return as(String.class, "a string");
  }

  /** Returns this boolean. */
  public boolean asBoolean() throws JsonException {
    return as(Boolean.class, "true or false");
  }

  /** Returns this integer; a number with fraction or exponent is refused. */
  public long asLong() throws JsonException {
    return as(Long.class, "an integer");
  }

  /** Returns this integer; one of more than 32 bits is refused. */
  public int asInt() throws JsonException {
    long number = asLong();
    if (number != (int) number) {
      throw wrongType("an integer of at most 32 bits");
    }
    return (int) number;
  }

  /** Returns this number, integer or not. */
  public double asDouble() throws JsonException {
    return as(Number.class, "a number").doubleValue();
  }

  /** Returns the elements of this array of strings. */
  public List<String> asStrings() throws JsonException {
    return list(JsonValue::asString);
  }

  /** Returns the elements of this array of integers of at most 32 bits. */
  public int[] asInts() throws JsonException {
    return list(JsonValue::asInt).stream().mapToInt(Integer::intValue).toArray();
  }

  /** Returns the elements of this array of numbers. */
  public double[] asDoubles() throws JsonException {
    return list(JsonValue::asDouble).stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Returns the elements of this array of numbers, rounded to float32. */
  public List<Float> asFloats() throws JsonException {
    return list(item -> (float) item.asDouble());
  }

  private interface Getter<T> {
    T of(JsonValue item) throws JsonException;
  }

  private <T> List<T> list(Getter<T> getter) throws JsonException {
    var list = new ArrayList<T>();
    for (JsonValue item : items()) {
      list.add(getter.of(item));
    }
    return list;
  }

  /**
   * Returns an exception that names document and place of this value.
   *
   * @param problem what was expected, what was found
   */
  public JsonException error(String problem) {
    return new JsonException(source + ": " + (path.isEmpty() ? "" : path + ": ") + problem);
  }

  @SuppressWarnings("unchecked") // Json makes maps with string keys only
  private Map<String, Object> asMap() throws JsonException {
    return (Map<String, Object>) as(Map.class, "an object");
  }

  private <T> T as(Class<T> type, String expected) throws JsonException {
    if (!type.isInstance(value)) {
      throw wrongType(expected);
    }
    return type.cast(value);
  }

  private JsonException wrongType(String expected) {
    String found =
        switch (value) {
          case null -> "null";
          case Map<?, ?> map -> "an object";
          case List<?> list -> "an array";
          case String text -> '"' + excerpt(text) + '"';
          default -> value.toString();
        };
    return error("expected " + expected + ", found " + found);
  }

  private static String excerpt(String text) {
    return text.length() <= MAX_EXCERPT ? text : text.substring(0, MAX_EXCERPT) + "…";
  }
}
