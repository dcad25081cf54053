package io.github.deit4j.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.core.util.Separators.Spacing;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes trees of {@link Map}, {@link List}, {@link String}, {@link Integer}, {@link Long}, {@link
 * Float}, {@link Double}, {@link Boolean} and null as JSON, in the order of the maps. The same tree
 * gives the same text on every platform; floating-point numbers are written as by {@link
 * Double#toString(double)} and {@link Float#toString(float)}, so that reading gives them back.
 */
public final class JsonWriter {
  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonWriter() {}

  /**
   * Returns a map in the order given, for a tree.
   *
   * @param keysAndValues a key, its value, the next key and so on; values may be null
   */
  public static Map<String, Object> object(Object... keysAndValues) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      object.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return object;
  }

  /** Returns numbers as a list, for a tree. */
  public static List<Object> list(float... numbers) {
    List<Object> list = new ArrayList<>();
    for (float number : numbers) {
      list.add(number);
    }
    return list;
  }

  /**
   * Returns the tree on one line, without spaces or line end.
   *
   * @throws IllegalArgumentException if a value has another type or JSON cannot hold it (NaN,
   *     infinity, half a surrogate pair)
   */
  public static String compact(Object tree) {
    return write(tree, new MinimalPrettyPrinter());
  }

  /**
   * Returns the tree with two spaces of indentation per level and a line end.
   *
   * @throws IllegalArgumentException as {@link #compact}
   */
  public static String pretty(Object tree) {
    var separators =
        Separators.createDefaultInstance()
            .withObjectFieldValueSpacing(Spacing.AFTER)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");
    var printer =
        new DefaultPrettyPrinter(separators).withObjectIndenter(new DefaultIndenter("  ", "\n"));
    return write(tree, printer) + "\n";
  }

  private static String write(Object tree, PrettyPrinter printer) {
    var writer = new StringWriter();
    try (JsonGenerator generator = FACTORY.createGenerator(writer)) {
      generator.setPrettyPrinter(printer);
      value(generator, tree);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + e.getMessage(), e);
    }
    String json = writer.toString();
    if (!UTF_8.newEncoder().canEncode(json)) {
      throw new IllegalArgumentException("JSON holds Unicode text, found half a surrogate pair");
    }
    return json;
  }

  private static void value(JsonGenerator generator, Object value) throws IOException {
    switch (value) {
      case null -> generator.writeNull();
      case Map<?, ?> map -> {
        generator.writeStartObject();
        for (var entry : map.entrySet()) {
          generator.writeFieldName((String) entry.getKey());
          value(generator, entry.getValue());
        }
        generator.writeEndObject();
      }
      case List<?> list -> {
        generator.writeStartArray();
        for (Object element : list) {
          value(generator, element);
        }
        generator.writeEndArray();
      }
      case String text -> generator.writeString(text);
      case Boolean flag -> generator.writeBoolean(flag);
      case Integer number -> generator.writeNumber(number);
      case Long number -> generator.writeNumber(number);
      case Float number when Float.isFinite(number) -> generator.writeNumber(number.toString());
      case Double number when Double.isFinite(number) -> generator.writeNumber(number.toString());
      case Float _, Double _ ->
          throw new IllegalArgumentException("JSON holds only finite numbers, found " + value);
      default ->
          throw new IllegalArgumentException(
              "JSON holds maps, lists, strings, numbers and booleans, found "
                  + value.getClass().getName());
    }
  }
}
