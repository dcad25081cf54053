package io.github.deit4j.train;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What all ranks of a run must have in common: each would else train something of its own. */
public final class Agreement {
  private Agreement() {}

  /**
   * Requires the same facts of all ranks.
   *
   * @param facts what this rank has, by name
   * @throws RanksDifferException on every rank, if one differs; names it and the fact
   */
  public static void require(Collective ranks, Map<String, String> facts)
      throws InterruptedException {
    List<Map<String, String>> all = new ArrayList<>();
    for (String text : new RankMessages(ranks).texts(JsonWriter.compact(new TreeMap<>(facts)))) {
      all.add(parsed(text));
    }
    var names = new TreeMap<String, String>();
    all.forEach(names::putAll);
    List<String> differences = new ArrayList<>();
    for (String name : names.keySet()) {
      List<String> values = all.stream().map(of -> of.getOrDefault(name, "none")).toList();
      String usual = mostFrequent(values);
      for (int rank = 0; rank < values.size(); rank++) {
        if (!values.get(rank).equals(usual)) {
          differences.add(
              "rank %d: %s: %s".formatted(rank, name, values.get(rank)) + ", the others: " + usual);
        }
      }
    }
    if (!differences.isEmpty()) {
      throw new RanksDifferException(differences);
    }
  }

  private static Map<String, String> parsed(String text) {
    try {
      JsonValue json = Json.read("facts of a rank", text);
      Map<String, String> facts = new LinkedHashMap<>();
      for (String name : json.keys()) {
        facts.put(name, json.get(name).asString());
      }
      return facts;
    } catch (JsonException e) {
      throw new IllegalStateException("a rank sent something else than its facts: " + text, e);
    }
  }

  /** Returns the value that most ranks have; of several the one of the first rank. */
  private static String mostFrequent(List<String> values) {
    Map<String, Long> counts =
        values.stream()
            .collect(
                Collectors.groupingBy(
                    Function.identity(), LinkedHashMap::new, Collectors.counting()));
    String found = values.getFirst();
    for (Map.Entry<String, Long> entry : counts.entrySet()) {
      found = entry.getValue() > counts.get(found) ? entry.getKey() : found;
    }
    return found;
  }

  /** Returns a digest of what a data set says of its images without decoding them. */
  static String digest(Dataset images) {
    MessageDigest digest = Sha256.digest();
    images.classNames().forEach(name -> add(digest, name));
    for (int i = 0; i < images.size(); i++) {
      add(digest, images.rightClasses(i).toString());
    }
    return "%d images, labels %s"
        .formatted(images.size(), HexFormat.of().formatHex(digest.digest()).substring(0, 16));
  }

  private static void add(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
  }

  /** Ranks have different recipes, data, teachers or versions. */
  public static final class RanksDifferException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private RanksDifferException(List<String> differences) {
      super(
          ("expected the same recipe, data, teacher and version on all ranks, found"
                  + " differences:\n  %s\nstart all with the same command, files and program")
              .formatted(String.join("\n  ", differences)));
    }
  }
}
