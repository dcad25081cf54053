package io.github.deit4j.study;

import io.github.deit4j.inference.Head;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What has come out of a study so far, model by model. {@link StudyFile} keeps it. */
public final class StudyResults {
  /** The classifiers of the paper's table 4, in its order. */
  public static final List<String> CLASSIFIERS =
      List.of("ground truth", "convnet", "DeiT", "class", "distillation", "joint");

  private final String name;
  private final List<StudyPart> parts;
  private final List<Row> rows = new ArrayList<>();

  /** By part, by layer, by seed. */
  private final Map<String, Map<String, SortedMap<Long, Double>>> cosines = new LinkedHashMap<>();

  private final Map<Pair, SortedMap<Long, Double>> disagreements = new LinkedHashMap<>();

  /** Two of {@link #CLASSIFIERS}. */
  public record Pair(String first, String second) {}

  /**
   * A head of a model.
   *
   * @param part the model
   * @param top1 share of test images that it gets right
   * @param weightsSha256 of the model's {@code model.safetensors}
   */
  public record Row(StudyPart part, Head head, long seed, double top1, String weightsSha256) {}

  /** Nothing yet, of a study with these parts. */
  public StudyResults(String name, List<StudyPart> parts) {
    this.name = name;
    this.parts = List.copyOf(parts);
  }

  /** Returns the study's name. */
  public String name() {
    return name;
  }

  /** Returns the models that the study is of, measured or not. */
  public List<StudyPart> parts() {
    return parts;
  }

  /** Returns one of these models. */
  public StudyPart part(String partName) {
    return parts.stream().filter(each -> each.name().equals(partName)).findFirst().orElseThrow();
  }

  /** Returns the rows by seed, those of a seed in the order of the parts. */
  public List<Row> rows() {
    Comparator<Row> order = Comparator.comparing(Row::seed);
    return rows.stream()
        .sorted(order.thenComparing(row -> parts.indexOf(row.part)).thenComparing(Row::head))
        .toList();
  }

  /** Returns the cosine of class and second token, by part, by layer, by seed. */
  public Map<String, Map<String, SortedMap<Long, Double>>> cosines() {
    return cosines;
  }

  /** Returns the share of test images on which two classifiers differ, by seed. */
  public Map<Pair, SortedMap<Long, Double>> disagreements() {
    return disagreements;
  }

  /** Returns the seeds of which there is a row. */
  public SortedSet<Long> seeds() {
    return rows.stream().map(Row::seed).collect(Collectors.toCollection(TreeSet::new));
  }

  /** Returns whether a model was measured. */
  public boolean has(StudyPart part, long seed) {
    return rows.stream().anyMatch(row -> row.part.equals(part) && row.seed == seed);
  }

  /** Returns whether {@link #addDisagreements} was called for a seed. */
  public boolean hasDisagreements(long seed) {
    return disagreements.values().stream().anyMatch(bySeed -> bySeed.containsKey(seed));
  }

  /** Returns the top-1 of a part's head by seed. */
  public SortedMap<Long, Double> top1(String part, Head head) {
    SortedMap<Long, Double> bySeed = new TreeMap<>();
    rows.stream()
        .filter(row -> row.part.name().equals(part) && row.head == head)
        .forEach(row -> bySeed.put(row.seed, row.top1));
    return bySeed;
  }

  void add(Row row) {
    rows.add(row);
  }

  void addCosine(String part, String layer, long seed, double cosine) {
    cosines
        .computeIfAbsent(part, _ -> new LinkedHashMap<>())
        .computeIfAbsent(layer, _ -> new TreeMap<>())
        .put(seed, cosine);
  }

  void addDisagreement(Pair pair, long seed, double share) {
    disagreements.computeIfAbsent(pair, _ -> new TreeMap<>()).put(seed, share);
  }

  /**
   * Adds what was measured on a model, or checks that a model measured before is the same.
   *
   * @param labels of the test images
   * @throws FormatException if it is not
   */
  public void add(
      StudyPart part, long seed, Path weights, ModelMeasures measured, List<Integer> labels)
      throws IOException {
    String sha256 = Sha256.of(weights);
    Set<String> before =
        rows.stream()
            .filter(row -> row.part.equals(part) && row.seed == seed)
            .map(Row::weightsSha256)
            .collect(Collectors.toSet());
    if (!before.isEmpty()) {
      if (!before.contains(sha256)) {
        throw new FormatException(
            weights,
            "the SHA-256 that the study's results have for this model, " + before,
            sha256 + "; are data and version of deit4j those of the results?");
      }
      return;
    }
    measured
        .predictions()
        .forEach(
            (head, classes) -> {
              // The mean of logits is the reference code's; the paper's tables have the joint head.
              if (head != Head.MEAN) {
                double top1 = 1 - ModelMeasures.disagreement(classes, labels);
                rows.add(new Row(part, head, seed, top1, sha256));
              }
            });
    measured.cosines().forEach((layer, cosine) -> addCosine(part.name(), layer, seed, cosine));
  }

  /** Adds how much the classifiers of a seed differ, from the three models that they come from. */
  public void addDisagreements(
      long seed,
      ModelMeasures convnet,
      ModelMeasures plain,
      ModelMeasures distilled,
      List<Integer> labels) {
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
        addDisagreement(
            pair, seed, ModelMeasures.disagreement(predictions.get(i), predictions.get(j)));
      }
    }
  }
}
