package io.github.deit4j.study;

import io.github.deit4j.inference.Head;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.RecipeException;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.study.StudyResults.Pair;
import io.github.deit4j.study.StudyResults.Row;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.SortedMap;
import java.util.function.Predicate;

/**
 * The results of a study as {@code study-NAME.json} has them: enough to go on from on another
 * machine, without the models.
 */
public final class StudyFile {
  private static final String STUDY = "study";
  private static final String RECIPES = "recipes";

  /** The student whose settings all others' follow from. */
  private static final String BASE = StudyPart.HARD_TOKEN;

  private static final String COSINE = "cosine";
  private static final String DISAGREEMENT = "disagreement";
  private static final String DISAGREEMENT_SEEDS = "disagreement_seeds";
  private static final String TEACHER = "teacher";
  private static final String EPOCHS = "epochs";

  /** The lists of rows, and whose rows they are. */
  private static final List<Entry<String, Predicate<StudyPart>>> LISTS =
      List.of(
          Map.entry("rows", part -> !part.isTeacher() && !part.onCurve()),
          Map.entry("teachers", StudyPart::isTeacher),
          Map.entry("curve", StudyPart::onCurve));

  private StudyFile() {}

  /** Returns where a folder has the results of a study. */
  public static Path in(Path folder, String study) {
    return folder.resolve("study-" + study + ".json");
  }

  /** Writes results into a folder; a reader finds the file as it was or as it is. */
  public static void write(Path folder, StudyResults results) throws IOException {
    AtomicFiles.writeString(in(folder, results.name()), JsonWriter.pretty(toJson(results)));
  }

  /** Returns the results as a JSON tree. */
  public static Map<String, Object> toJson(StudyResults results) {
    Map<String, Object> json = JsonWriter.object(STUDY, results.name());
    List<Row> rows = results.rows();
    for (var list : LISTS) {
      json.put(
          list.getKey(),
          rows.stream()
              .filter(row -> list.getValue().test(row.part()))
              .map(StudyFile::toJson)
              .toList());
    }
    json.put(RECIPES, recipes(results));
    Map<String, Map<String, List<Double>>> cosines = new LinkedHashMap<>();
    for (StudyPart part : results.parts()) {
      Map<String, List<Double>> lists = new LinkedHashMap<>();
      results
          .cosines()
          .getOrDefault(part.name(), Map.of())
          .forEach((layer, bySeed) -> lists.put(layer, List.copyOf(bySeed.values())));
      if (!lists.isEmpty()) {
        cosines.put(part.name(), lists);
      }
    }
    json.put(COSINE, cosines);
    Map<String, List<Double>> disagreements = new LinkedHashMap<>();
    results
        .disagreements()
        .forEach((pair, bySeed) -> disagreements.put(name(pair), List.copyOf(bySeed.values())));
    json.put(DISAGREEMENT, disagreements);
    json.put(
        DISAGREEMENT_SEEDS,
        results.disagreements().values().stream()
            .findFirst()
            .map(SortedMap::keySet)
            .map(List::copyOf)
            .orElse(List.of()));
    return json;
  }

  private static Map<String, Object> toJson(Row row) {
    Map<String, Object> json = identity(row.part());
    Object teacher = json.remove(TEACHER);
    json.put("head", row.head().id());
    json.put(TEACHER, teacher);
    json.put("seed", row.seed());
    json.put("top1", row.top1());
    json.put("weights_sha256", row.weightsSha256());
    return json;
  }

  /** Returns what tells a model from the others of its list. */
  private static Map<String, Object> identity(StudyPart part) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (!part.isTeacher()) {
      json.put("method", part.method());
      json.put("token", part.token());
    }
    json.put(TEACHER, part.isTeacher() ? part.name() : part.teacher());
    if (part.onCurve()) {
      json.put(EPOCHS, (long) part.epochs());
    }
    return json;
  }

  private static String name(Pair pair) {
    return pair.first() + " / " + pair.second();
  }

  /** Returns, setting by setting, the two recipes that those of all models follow from. */
  private static Map<String, Map<String, String>> recipes(StudyResults results) {
    Map<String, Map<String, String>> recipes = new LinkedHashMap<>();
    for (StudyPart part : List.of(results.part(BASE), results.part(StudyPart.CONVNET))) {
      Map<String, String> settings = new LinkedHashMap<>();
      Settings.all()
          .values()
          .forEach(setting -> settings.put(setting.key(), part.recipe().valueAsYaml(setting)));
      recipes.put(part.name(), settings);
    }
    return recipes;
  }

  /**
   * Reads results.
   *
   * @param parts of the study that they are expected to be of
   * @throws JsonException if the file is none of this kind
   * @throws RecipeException if it is of another study, or of models with other recipes
   */
  public static StudyResults read(Path file, String name, List<StudyPart> parts)
      throws IOException {
    StudyResults results = new StudyResults(name, parts);
    JsonValue json = Json.read(file);
    requireSameStudy(file, json, results);
    for (var list : LISTS) {
      for (JsonValue row : json.get(list.getKey()).items()) {
        results.add(row(row, parts.stream().filter(list.getValue()).toList()));
      }
    }
    JsonValue cosines = json.get(COSINE);
    for (String part : cosines.keys()) {
      List<Long> seeds = List.copyOf(results.top1(part, Head.CLASS).keySet());
      for (String layer : cosines.get(part).keys()) {
        double[] values = values(cosines.get(part).get(layer), seeds);
        for (int i = 0; i < values.length; i++) {
          results.addCosine(part, layer, seeds.get(i), values[i]);
        }
      }
    }
    List<Long> seeds = new ArrayList<>();
    for (JsonValue seed : json.get(DISAGREEMENT_SEEDS).items()) {
      seeds.add(seed.asLong());
    }
    JsonValue disagreements = json.get(DISAGREEMENT);
    for (String first : StudyResults.CLASSIFIERS) {
      for (String second : StudyResults.CLASSIFIERS) {
        Pair pair = new Pair(first, second);
        double[] values =
            seeds.isEmpty() ? new double[0] : values(disagreements.get(name(pair)), seeds);
        for (int i = 0; i < values.length; i++) {
          results.addDisagreement(pair, seeds.get(i), values[i]);
        }
      }
    }
    return results;
  }

  private static double[] values(JsonValue list, List<Long> seeds) throws JsonException {
    double[] values = list.asDoubles();
    if (values.length != seeds.size()) {
      throw list.error(
          "expected a number for each of the seeds %s, found %d".formatted(seeds, values.length));
    }
    return values;
  }

  private static void requireSameStudy(Path file, JsonValue json, StudyResults results)
      throws IOException {
    List<String> differences = new ArrayList<>();
    String study = json.get(STUDY).asString();
    if (!study.equals(results.name())) {
      differences.add("study: %s -> %s".formatted(study, results.name()));
    }
    JsonValue recipes = json.get(RECIPES);
    for (String part : List.of(BASE, StudyPart.CONVNET)) {
      StringBuilder yaml = new StringBuilder();
      for (String key : recipes.get(part).keys()) {
        yaml.append("%s: %s%n".formatted(key, recipes.get(part).get(key).asString()));
      }
      Recipe.ofRun(file + ": " + RECIPES + "." + part, yaml.toString())
          .diff(results.part(part).recipe())
          .forEach(difference -> differences.add(part + ": " + difference));
    }
    if (!differences.isEmpty()) {
      throw new RecipeException(
          file.toString(),
          RECIPES,
          "results of the study with these options",
          "others: %s; choose another --out".formatted(differences));
    }
  }

  private static Row row(JsonValue json, List<StudyPart> parts) throws JsonException {
    Map<String, Object> values = new LinkedHashMap<>();
    for (String key : json.keys()) {
      values.put(key, json.get(key).value());
    }
    StudyPart part =
        parts.stream()
            .filter(each -> values.entrySet().containsAll(identity(each).entrySet()))
            .findFirst()
            .orElseThrow(() -> json.error("expected a model of the study, found " + values));
    return new Row(
        part,
        Head.of(json.get("head").asString()),
        json.get("seed").asLong(),
        json.get("top1").asDouble(),
        json.get("weights_sha256").asString());
  }
}
