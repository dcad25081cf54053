package io.github.deit4j.inference;

import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How predictions stand in a file: a line for each image.
 *
 * <p>CSV (RFC 4180) begins with a header: {@code path}, {@code label} where true classes are known,
 * then for each head and rank {@code HEAD_RANK} (a class's name) and {@code HEAD_RANK_probability},
 * as in {@code joint_1,joint_1_probability}. JSON Lines have an object with {@code path}, perhaps
 * {@code label}, and {@code heads}: for each head a list of objects with {@code class}, {@code
 * index} and {@code probability}.
 *
 * @param csv whether it is CSV, not JSON Lines
 * @param heads whose predictions are written
 * @param top how many of each
 * @param labelled whether there are true classes
 */
public record PredictionFormat(boolean csv, List<Head> heads, int top, boolean labelled) {
  private static final String CSV = ".csv";
  private static final String JSON_LINES = ".jsonl";

  /**
   * Returns the format that a file's name says.
   *
   * @throws IllegalArgumentException if it ends in neither {@code .csv} nor {@code .jsonl}
   */
  public static PredictionFormat of(Path file, List<Head> heads, int top, boolean labelled) {
    String name = file.toString();
    if (!name.endsWith(CSV) && !name.endsWith(JSON_LINES)) {
      throw new IllegalArgumentException(
          "expected a file's name that ends in %s or %s, found %s"
              .formatted(CSV, JSON_LINES, file));
    }
    return new PredictionFormat(name.endsWith(CSV), heads, top, labelled);
  }

  /** Returns the line with which a file begins, if it has one. */
  Optional<String> header() {
    return csv ? Optional.of(String.join(",", columns())) : Optional.empty();
  }

  private List<String> columns() {
    List<String> columns = new ArrayList<>(labelled ? List.of("path", "label") : List.of("path"));
    for (Head head : heads) {
      for (int rank = 1; rank <= top; rank++) {
        String column = head.id() + "_" + rank;
        columns.addAll(List.of(column, column + "_probability"));
      }
    }
    return columns;
  }

  /** Returns what a file begins with in this format, so that no other file is taken for one. */
  String start() {
    return csv ? header().orElseThrow() : "{\"path\":";
  }

  /** Returns an image's line, without its end. */
  public String line(ImagePredictions image) {
    return csv ? csvLine(image) : jsonLine(image);
  }

  private String csvLine(ImagePredictions image) {
    List<String> fields = new ArrayList<>(List.of(image.path()));
    if (labelled) {
      fields.add(image.label());
    }
    for (Head head : heads) {
      for (Prediction prediction : image.byHead().get(head)) {
        fields.add(prediction.className());
        fields.add(Double.toString(prediction.probability()));
      }
    }
    return String.join(",", fields.stream().map(PredictionFormat::quoted).toList());
  }

  private static String quoted(String field) {
    boolean plain = field.chars().noneMatch(c -> c == '"' || c == ',' || c == '\n' || c == '\r');
    return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
  }

  private String jsonLine(ImagePredictions image) {
    Map<String, Object> line = JsonWriter.object("path", image.path());
    if (labelled) {
      line.put("label", image.label());
    }
    Map<String, Object> byHead = new LinkedHashMap<>();
    for (Head head : heads) {
      byHead.put(head.id(), image.byHead().get(head).stream().map(Prediction::toJson).toList());
    }
    line.put("heads", byHead);
    return JsonWriter.compact(line);
  }

  /**
   * Returns the path of a line.
   *
   * @throws IllegalArgumentException if the line is not of this format
   */
  String path(String line) {
    return csv ? csvPath(line) : jsonPath(line);
  }

  private String csvPath(String line) {
    List<String> fields = fields(line);
    int expected = columns().size();
    if (fields.size() != expected) {
      throw new IllegalArgumentException(
          "expected %d fields, found %d".formatted(expected, fields.size()));
    }
    return fields.getFirst();
  }

  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append(line.charAt(++i));
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }

  private String jsonPath(String line) {
    try {
      JsonValue json = Json.read("the line", line);
      JsonValue byHead = json.get("heads");
      List<String> expected = heads.stream().map(Head::id).toList();
      boolean same = byHead.keys().equals(Set.copyOf(expected));
      for (Head head : same ? heads : List.<Head>of()) {
        same &= byHead.get(head.id()).items().size() == top;
      }
      if (!same || json.has("label") != labelled) {
        throw new IllegalArgumentException(
            "expected %d classes by each of the heads %s, found others".formatted(top, expected));
      }
      return json.get("path").asString();
    } catch (JsonException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
