package io.github.deit4j.study;

import io.github.deit4j.inference.Head;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What came out of a study.
 *
 * @param name of the study
 * @param rows one for each head of each model and seed
 * @param cosines by part, by layer, of each seed
 * @param disagreements by pair of classifiers, of each seed; empty where parts are missing
 */
public record StudyResults(
    String name,
    List<Row> rows,
    Map<String, Map<String, List<Double>>> cosines,
    Map<Pair, List<Double>> disagreements) {

  /** The classifiers of the paper's table 4, in its order. */
  public static final List<String> CLASSIFIERS =
      List.of("ground truth", "convnet", "DeiT", "class", "distillation", "joint");

  /** Starts without results. */
  public StudyResults(String name) {
    this(name, new ArrayList<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
  }

  /** Two of {@link #CLASSIFIERS}. */
  public record Pair(String first, String second) {}

  /**
   * A head of a model.
   *
   * @param part the model
   * @param top1 share of test images that it gets right
   * @param weightsSha256 of the model's {@code model.safetensors}
   */
  public record Row(StudyPart part, Head head, long seed, double top1, String weightsSha256) {
    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      if (!part.isTeacher()) {
        json.put("method", part.method());
        json.put("token", part.token());
      }
      json.put("head", head.id());
      json.put("teacher", part.isTeacher() ? part.name() : part.teacher());
      json.put("seed", seed);
      json.put("top1", top1);
      json.put("weights_sha256", weightsSha256);
      return json;
    }
  }

  /** Adds a cosine of one seed. */
  void addCosines(String part, Map<String, Double> byLayer) {
    Map<String, List<Double>> all = cosines.computeIfAbsent(part, _ -> new LinkedHashMap<>());
    byLayer.forEach(
        (layer, cosine) -> all.computeIfAbsent(layer, _ -> new ArrayList<>()).add(cosine));
  }

  /** Adds what one seed's {@link #CLASSIFIERS} say about the same images. */
  void addPredictions(List<List<Integer>> predictions) {
    for (int i = 0; i < CLASSIFIERS.size(); i++) {
      for (int j = 0; j < CLASSIFIERS.size(); j++) {
        disagreements
            .computeIfAbsent(
                new Pair(CLASSIFIERS.get(i), CLASSIFIERS.get(j)), _ -> new ArrayList<>())
            .add(ModelMeasures.disagreement(predictions.get(i), predictions.get(j)));
      }
    }
  }

  /** Returns the top-1 of a part's head, seed by seed. */
  public List<Double> top1(String part, Head head) {
    return rows.stream()
        .filter(row -> row.part.name().equals(part) && row.head == head)
        .map(Row::top1)
        .toList();
  }

  /** Returns all as {@code study-NAME.json} has it. */
  public Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("study", name);
    json.put("rows", rows.stream().filter(r -> !r.part.isTeacher()).map(Row::toJson).toList());
    json.put("teachers", rows.stream().filter(r -> r.part.isTeacher()).map(Row::toJson).toList());
    json.put("cosine", cosines);
    Map<String, Object> pairs = new LinkedHashMap<>();
    disagreements.forEach((pair, shares) -> pairs.put(pair.first + " / " + pair.second, shares));
    json.put("disagreement", pairs);
    return json;
  }
}
