package io.github.deit4j.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.input.InputFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Reads JSON (RFC 8259) strictly: UTF-8 only, no duplicate key, no comment, nothing after the
 * document, bounded nesting and size.
 *
 * <p>A document becomes a tree of {@link Map} (in the document's order), {@link List}, {@link
 * String}, {@link Long} (numbers without fraction and exponent), {@link Double}, {@link Boolean}
 * and null. {@link JsonWriter} writes such trees.
 */
public final class Json {
  private static final InputBudget BUDGET = InputBudget.STANDARD;
  private static final JsonFactory FACTORY = factory(Limit.JSON_TOKENS);
  private static final JsonFactory STREAM_FACTORY = factory(Limit.JSON_STREAM_TOKENS);

  // Field names are not canonicalized: the shared symbol table would keep names of hostile files.
  private static JsonFactory factory(Limit tokens) {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth((int) BUDGET.most(Limit.JSON_NESTING))
                .maxTokenCount(BUDGET.most(tokens))
                .build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .build();
  }

  /** Takes one element of an array. */
  @FunctionalInterface
  public interface Element {
    /** Takes the element, whose errors name its place in the file. */
    void accept(JsonValue value) throws IOException;
  }

  private final String source;
  private final JsonParser parser;

  private Json(String source, JsonParser parser) {
    this.source = source;
    this.parser = parser;
  }

  /**
   * Reads a file that holds one JSON document.
   *
   * @return the root value; its errors name the file
   * @throws JsonException if the file is not valid JSON, larger than any document of ours, or no
   *     regular file
   * @throws IOException if the file cannot be read
   */
  public static JsonValue read(Path file) throws IOException {
    return read(file.toString(), InputFiles.read(file, Limit.JSON_BYTES, refusal(file)));
  }

  private static Function<String, JsonException> refusal(Path file) {
    return problem -> new JsonException(file + ": " + problem);
  }

  /**
   * Reads a file that would be too large as a tree: the elements of arrays go one by one to whoever
   * wants them, the rest is passed over.
   *
   * @param arrays who takes the elements, by the array's key in the document's object; by the empty
   *     key where the document is the array
   * @throws JsonException if the file is not valid JSON, larger than any of this kind, a wanted
   *     array is missing or something else, or an element has more than 10,000 tokens
   * @throws IOException if the file cannot be read, or somebody refuses an element
   */
  public static void readArrays(Path file, Map<String, Element> arrays) throws IOException {
    try (InputStream in = InputFiles.open(file, Limit.JSON_STREAM_BYTES, refusal(file));
        Reader text = new InputStreamReader(in, UTF_8.newDecoder());
        JsonParser parser = STREAM_FACTORY.createParser(text)) {
      Json json = new Json(file.toString(), parser);
      json.document(() -> json.arrays(arrays));
    }
  }

  private Void arrays(Map<String, Element> arrays) throws IOException {
    Set<String> missing = new TreeSet<>(arrays.keySet());
    if (parser.currentToken() == JsonToken.START_ARRAY && missing.remove("")) {
      elements("", arrays.get(""));
    } else if (parser.currentToken() == JsonToken.START_OBJECT) {
      for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
        boolean wanted = missing.remove(key);
        if (parser.nextToken() == JsonToken.START_ARRAY && wanted) {
          elements(key, arrays.get(key));
        } else if (wanted) {
          throw new JsonException(source + ": " + key + ": expected an array");
        } else {
          parser.skipChildren();
        }
      }
    }
    if (!missing.isEmpty()) {
      throw new JsonException(source + ": expected arrays " + missing + ", found none");
    }
    return null;
  }

  private void elements(String key, Element taker) throws IOException {
    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      long limit = parser.currentTokenCount() + BUDGET.most(Limit.JSON_ELEMENT_TOKENS);
      taker.accept(new JsonValue(source, key + "[" + i + "]", value(limit)));
    }
  }

  /**
   * Reads a JSON document.
   *
   * @param source what errors call the document
   * @throws JsonException if the bytes are not valid UTF-8 or not valid JSON
   */
  public static JsonValue read(String source, byte[] utf8) throws JsonException {
    return read(source, decode(source, utf8));
  }

  /**
   * Reads a JSON document.
   *
   * @throws JsonException if the text is not valid JSON
   */
  public static JsonValue read(String source, String text) throws JsonException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      Json json = new Json(source, parser);
      return new JsonValue(source, "", json.document(() -> json.value(Long.MAX_VALUE)));
    } catch (JsonException e) {
      throw e;
    } catch (IOException e) {
      throw new JsonException(source + ": not readable as JSON: " + e.getMessage(), e);
    }
  }

  @FunctionalInterface
  private interface Body {
    Object read() throws IOException;
  }

  /** Reads one document, which nothing follows, and puts the parser's exceptions in our words. */
  private Object document(Body body) throws IOException {
    try {
      if (parser.nextToken() == null) {
        throw new JsonException(source + ": expected a JSON document, found nothing");
      }
      Object value = body.read();
      if (parser.nextToken() != null) {
        throw here("expected the end after the JSON document, found more", null);
      }
      return value;
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      String where =
          at == null ? "" : " (line %d, column %d)".formatted(at.getLineNr(), at.getColumnNr());
      throw new JsonException(source + ": not valid JSON: " + e.getOriginalMessage() + where, e);
    } catch (CharacterCodingException e) {
      throw notUtf8(source, e);
    }
  }

  private Object value(long limit) throws IOException {
    if (parser.currentTokenCount() > limit) {
      throw here("expected smaller elements, found a huge one", null);
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> object = new LinkedHashMap<>();
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
          parser.nextToken();
          object.put(key, value(limit));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(limit));
        }
        yield array;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> integer();
      case VALUE_NUMBER_FLOAT -> number();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new IllegalStateException("token " + parser.currentToken());
    };
  }

  private Long integer() throws IOException {
    try {
      return Long.valueOf(parser.getText());
    } catch (NumberFormatException e) {
      throw here("expected an integer of at most 64 bits, found a longer one", e);
    }
  }

  private Double number() throws IOException {
    double value = Double.parseDouble(parser.getText());
    if (Double.isInfinite(value)) {
      throw here("expected a number in the range of a double, found a larger one", null);
    }
    return value;
  }

  private JsonException here(String problem, Exception cause) {
    var at = parser.currentTokenLocation();
    return new JsonException(
        "%s: %s at line %d, column %d".formatted(source, problem, at.getLineNr(), at.getColumnNr()),
        cause);
  }

  // Decoded here because the parser would guess UTF-16 or UTF-32 and accepts some malformed UTF-8.
  private static String decode(String source, byte[] utf8) throws JsonException {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw notUtf8(source, e);
    }
  }

  private static JsonException notUtf8(String source, CharacterCodingException e) {
    return new JsonException(source + ": expected UTF-8 text, found other bytes", e);
  }
}
