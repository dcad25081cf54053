package io.github.deit4j.study;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Head;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

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

  /**
   * Measures all models of a study on test images, seed by seed.
   *
   * @param weights gives the model file of a part and seed
   */
  public static StudyResults measure(
      String name,
      List<StudyPart> parts,
      List<Long> seeds,
      BiFunction<StudyPart, Long, Path> weights,
      Backend backend,
      Dataset test)
      throws IOException, InterruptedException {
    var results =
        new StudyResults(name, new ArrayList<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
    List<Integer> labels = IntStream.range(0, test.size()).mapToObj(test::label).toList();
    for (long seed : seeds) {
      Map<String, ModelMeasures> measures = new HashMap<>();
      for (StudyPart part : parts) {
        Path file = weights.apply(part, seed);
        ModelMeasures measured = ModelMeasures.of(file, backend, test);
        measures.put(part.name(), measured);
        results.add(part, seed, measured, labels, Sha256.of(file));
      }
      results.addDisagreements(measures, labels);
    }
    return results;
  }

  private void add(
      StudyPart part, long seed, ModelMeasures measured, List<Integer> labels, String sha256) {
    for (var classes : measured.predictions().entrySet()) {
      Head head = classes.getKey();
      // The mean of logits is the reference code's; the paper's tables have the joint head.
      if (head != Head.MEAN) {
        double top1 = 1 - ModelMeasures.disagreement(classes.getValue(), labels);
        rows.add(new Row(part, head, seed, top1, sha256));
      }
    }
    for (var cosine : measured.cosines().entrySet()) {
      cosines
          .computeIfAbsent(part.name(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(cosine.getKey(), _ -> new ArrayList<>())
          .add(cosine.getValue());
    }
  }

  private void addDisagreements(Map<String, ModelMeasures> measures, List<Integer> labels) {
    ModelMeasures convnet = measures.get(StudyPart.CONVNET);
    ModelMeasures plain = measures.get(StudyPart.NONE);
    ModelMeasures distilled = measures.get(StudyPart.HARD_TOKEN);
    if (convnet == null || plain == null || distilled == null) {
      return;
    }
    List<List<Integer>> predictions = // of CLASSIFIERS
        List.of(
            labels,
            convnet.predictions().get(Head.CLASS),
            plain.predictions().get(Head.CLASS),
            distilled.predictions().get(Head.CLASS),
            distilled.predictions().get(Head.DISTILLATION),
            distilled.predictions().get(Head.JOINT));
    for (int i = 0; i < CLASSIFIERS.size(); i++) {
      for (int j = 0; j < CLASSIFIERS.size(); j++) {
        Pair pair = new Pair(CLASSIFIERS.get(i), CLASSIFIERS.get(j));
        disagreements
            .computeIfAbsent(pair, _ -> new ArrayList<>())
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
    Map<String, Object> pairs = new LinkedHashMap<>();
    disagreements.forEach((pair, shares) -> pairs.put(pair.first + " / " + pair.second, shares));
    return JsonWriter.object(
        "study", name,
        "rows", rows.stream().filter(r -> !r.part.isTeacher()).map(Row::toJson).toList(),
        "teachers", rows.stream().filter(r -> r.part.isTeacher()).map(Row::toJson).toList(),
        "cosine", cosines,
        "disagreement", pairs);
  }
}
