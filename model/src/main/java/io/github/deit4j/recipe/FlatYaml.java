package io.github.deit4j.recipe;

import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.recipe.FlatYaml.YamlValue.Items;
import io.github.deit4j.recipe.FlatYaml.YamlValue.Scalar;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads the part of YAML 1.2 that recipes use: one mapping of keys to scalars and to sequences of
 * scalars. Everything else (nesting, anchors, tags, several documents, duplicate keys) is refused.
 * It works on the parser's events, so that no input can make it recurse, and so that it knows the
 * line of each value.
 */
final class FlatYaml {
  private final String source;
  private final boolean oneLine;
  private final Iterator<Event> events;

  private FlatYaml(String source, String yaml, boolean oneLine) {
    this.source = source;
    this.oneLine = oneLine;
    LoadSettings settings = LoadSettings.builder().setLabel(source).build();
    this.events = new ParserImpl(settings, new StreamReader(settings, yaml));
  }

  /**
   * Reads a mapping.
   *
   * @param source what errors call the text
   * @return the values in the text's order
   * @throws RecipeException if the text is not such a mapping
   */
  static Map<String, YamlValue> read(String source, String yaml) {
    return parse(source, () -> new FlatYaml(source, yaml, false).mapping());
  }

  /**
   * Reads a single value, as it stands behind {@code key:} in a mapping.
   *
   * @param source what errors call the text
   * @throws RecipeException if the text is neither a scalar nor a sequence of scalars
   */
  static YamlValue readValue(String source, String yaml) {
    return parse(source, () -> new FlatYaml(source, yaml, true).singleValue());
  }

  /** Reading, with the library's exceptions turned into ours. */
  private static <T> T parse(String source, Supplier<T> reader) {
    try {
      return reader.get();
    } catch (MarkedYamlEngineException e) {
      throw new RecipeException(
          source + line(e.getProblemMark()) + ": not valid YAML: " + e.getProblem().strip());
    } catch (YamlEngineException e) {
      throw new RecipeException(source + ": not valid YAML: " + e.getMessage());
    }
  }

  private Map<String, YamlValue> mapping() {
    Map<String, YamlValue> values = new LinkedHashMap<>();
    Event event = start();
    if (event.getEventId() == Event.ID.DocumentStart) {
      event = events.next();
    }
    if (event.getEventId() != Event.ID.MappingStart) {
      throw unexpected(event, "lines of the form \"key: value\"");
    }
    for (event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
      String key = scalar(event, "a key").text();
      YamlValue value = value(events.next(), key);
      YamlValue earlier = values.put(key, value);
      if (earlier != null) {
        throw new RecipeException(
            value.where(), key, "each key once", "it again after " + earlier.where());
      }
    }
    end();
    return values;
  }

  private YamlValue singleValue() {
    if (start().getEventId() == Event.ID.StreamEnd) {
      return new Scalar("", true, source);
    }
    YamlValue value = value(events.next(), "value");
    end();
    return value;
  }

  /** Skips to the document's start and returns it, or the stream's end if there is no document. */
  private Event start() {
    events.next(); // the stream's start
    return events.next();
  }

  private void end() {
    events.next(); // the document's end
    Event event = events.next();
    if (event.getEventId() != Event.ID.StreamEnd) {
      throw unexpected(event, "one YAML document");
    }
  }

  private YamlValue value(Event event, String key) {
    if (!(event instanceof SequenceStartEvent start)) {
      return scalar(event, key + ": a single value or a list");
    }
    refuseTagAndAnchor(start, start.getTag().isPresent());
    List<Scalar> items = new ArrayList<>();
    for (Event item = events.next(); !(item instanceof SequenceEndEvent); item = events.next()) {
      items.add(scalar(item, key + ": a list of single values"));
    }
    return new Items(List.copyOf(items), where(start));
  }

  private Scalar scalar(Event event, String expected) {
    if (!(event instanceof ScalarEvent scalar)) {
      throw unexpected(event, expected);
    }
    refuseTagAndAnchor(scalar, scalar.getTag().isPresent());
    InputBudget.STANDARD.require(
        Limit.RECIPE_TEXT,
        scalar.getValue().length(),
        problem -> new RecipeException(where(event) + ": " + problem));
    return new Scalar(scalar.getValue(), scalar.isPlain(), where(scalar));
  }

  private void refuseTagAndAnchor(NodeEvent event, boolean tagged) {
    if (tagged || event.getAnchor().isPresent()) {
      throw new RecipeException(
          where(event) + ": expected a value without YAML tag or anchor, found one with it");
    }
  }

  private RecipeException unexpected(Event event, String expected) {
    String found =
        switch (event.getEventId()) {
          case StreamEnd -> "nothing";
          case DocumentStart -> "a second document";
          case MappingStart -> "a mapping";
          case SequenceStart -> "a list";
          case Alias -> "an alias";
          default -> "\"" + (event instanceof ScalarEvent s ? s.getValue() : event) + "\"";
        };
    return new RecipeException(where(event) + ": expected " + expected + ", found " + found);
  }

  private String where(Event event) {
    return oneLine ? source : source + line(event.getStartMark());
  }

  private static String line(Optional<Mark> mark) {
    return mark.map(m -> ", line " + (m.getLine() + 1)).orElse("");
  }

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
}
