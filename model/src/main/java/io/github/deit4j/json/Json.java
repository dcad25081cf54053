package io.github.deit4j.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) strictly: UTF-8 only, no duplicate key, no comment, nothing after the
 * document, bounded nesting and size.
 *
 * <p>A document becomes a tree of {@link Map} (in the document's order), {@link List}, {@link
 * String}, {@link Long} (numbers without fraction and exponent), {@link Double}, {@link Boolean}
 * and null. {@link JsonWriter} writes such trees.
 */
public final class Json {
  private static final int MAX_DEPTH = 100;

  /** Largest file. */
  private static final long MAX_FILE_BYTES = 100_000_000;

  // Bounds the tree's memory to a few hundred MB, whatever the document.
  private static final long MAX_TOKENS = 4_000_000;

  // Field names are not canonicalized: the shared symbol table would keep names of hostile files.
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxTokenCount(MAX_TOKENS)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private Json() {}

  /**
   * Reads a file that holds one JSON document.
   *
   * @return the root value; its errors name the file
   * @throws JsonException if the file is not valid JSON, or larger than any document of ours
   * @throws IOException if the file cannot be read
   */
  public static JsonValue read(Path file) throws IOException {
    long bytes = Files.size(file);
    if (bytes > MAX_FILE_BYTES) {
      throw new JsonException(
          file + ": expected at most " + MAX_FILE_BYTES + " bytes of JSON, found " + bytes);
    }
    return read(file.toString(), Files.readAllBytes(file));
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
   * @param source what errors call the document
   * @throws JsonException if the text is not valid JSON
   */
  public static JsonValue read(String source, String text) throws JsonException {
    return new JsonValue(source, "", parse(source, text));
  }

  private static Object parse(String source, String text) throws JsonException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() == null) {
        throw new JsonException(source + ": expected a JSON document, found nothing");
      }
      Object value = value(source, parser);
      if (parser.nextToken() != null) {
        throw new JsonException(
            source + ": expected the end after the JSON document, found more" + at(parser));
      }
      return value;
    } catch (JsonProcessingException e) {
      var location = e.getLocation();
      String where =
          location == null
              ? ""
              : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
      throw new JsonException(source + ": not valid JSON: " + e.getOriginalMessage() + where, e);
    } catch (JsonException e) {
      throw e;
    } catch (IOException e) {
      throw new JsonException(source + ": not readable as JSON: " + e.getMessage(), e);
    }
  }

  private static Object value(String source, JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(source, parser);
      case START_ARRAY -> array(source, parser);
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> integer(source, parser);
      case VALUE_NUMBER_FLOAT -> number(source, parser);
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new IllegalStateException("token " + parser.currentToken());
    };
  }

  private static Map<String, Object> object(String source, JsonParser parser) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      parser.nextToken();
      object.put(key, value(source, parser));
    }
    return object;
  }

  private static List<Object> array(String source, JsonParser parser) throws IOException {
    List<Object> array = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(source, parser));
    }
    return array;
  }

  private static Long integer(String source, JsonParser parser) throws IOException {
    try {
      return Long.valueOf(parser.getText());
    } catch (NumberFormatException e) {
      throw new JsonException(
          source + ": expected an integer of at most 64 bits, found a longer one" + at(parser), e);
    }
  }

  private static Double number(String source, JsonParser parser) throws IOException {
    double value = Double.parseDouble(parser.getText());
    if (Double.isInfinite(value)) {
      throw new JsonException(
          source + ": expected a number in the range of a double, found a larger one" + at(parser));
    }
    return value;
  }

  private static String at(JsonParser parser) {
    var location = parser.currentTokenLocation();
    return " at line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  // Decoded here because the parser would guess UTF-16 or UTF-32 and accepts some malformed UTF-8.
  private static String decode(String source, byte[] utf8) throws JsonException {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new JsonException(source + ": expected UTF-8 text, found other bytes", e);
    }
  }
}
