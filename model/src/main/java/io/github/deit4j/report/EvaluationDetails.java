package io.github.deit4j.report;

import io.github.deit4j.inference.Head;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.metrics.CalibrationError;
import io.github.deit4j.metrics.ConfusionMatrix;
import io.github.deit4j.metrics.ConfusionMatrix.ClassScore;
import io.github.deit4j.report.EvaluationReport.Evaluation;
import io.github.deit4j.report.EvaluationReport.HeadScore;
import io.github.deit4j.train.Evaluator.Score;
import io.github.deit4j.train.PredictedClasses.PredictedClass;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** What is told of an evaluation beside its scores: classes, confusions, calibration, mistakes. */
public final class EvaluationDetails {
  private static final int MOST_PRINTED = 30;

  /** Of more classes than are printed, those that need a look. */
  private static final int WORST_PRINTED = 10;

  private final List<String> classes;
  private final Map<Head, List<PredictedClass>> images;
  private final Map<Head, ConfusionMatrix> confusions = new EnumMap<>(Head.class);
  private final Map<Head, CalibrationError> calibrations = new EnumMap<>(Head.class);

  /**
   * Counts.
   *
   * @param classes names of the classes
   * @param images what each head takes every image for
   */
  public EvaluationDetails(List<String> classes, Map<Head, List<PredictedClass>> images) {
    this.classes = classes;
    this.images = images;
    images.forEach(
        (head, predicted) -> {
          ConfusionMatrix confusion = new ConfusionMatrix(classes.size());
          CalibrationError calibration = new CalibrationError();
          for (PredictedClass each : predicted) {
            confusion.add(each.label(), each.predicted());
            calibration.add(each.confidence(), each.isRight());
          }
          confusions.put(head, confusion);
          calibrations.put(head, calibration);
        });
  }

  /**
   * Returns what a report tells.
   *
   * @param title of a page of its own
   * @param summary a sentence: which model, which images, how long it took
   * @param scores by head
   * @param head the one that decides
   * @param mistakes the surest first
   */
  public Evaluation evaluation(
      String title,
      String summary,
      Map<Head, Score> scores,
      Head head,
      List<EvaluationReport.Mistake> mistakes) {
    List<HeadScore> rows = new ArrayList<>();
    scores.forEach(
        (each, score) ->
            rows.add(
                new HeadScore(
                    each.id(),
                    score.top1(),
                    score.top5(),
                    score.loss(),
                    calibrations.get(each).value())));
    return new Evaluation(
        title,
        summary,
        rows,
        head.id(),
        classes,
        confusions.get(head),
        calibrations.get(head),
        mistakes);
  }

  /** Returns the images that a head was wrong about, those it was surest of first. */
  public List<PredictedClass> mistakes(Head head, int most) {
    return images.get(head).stream()
        .filter(each -> !each.isRight())
        .sorted(Comparator.comparingDouble(each -> -each.confidence()))
        .limit(most)
        .toList();
  }

  /** Returns a head's part of the JSON document, beside the scores. */
  public Map<String, Object> toJson(Head head) {
    ConfusionMatrix confusion = confusions.get(head);
    List<Map<String, Object>> perClass =
        IntStream.range(0, classes.size())
            .mapToObj(label -> toJson(classes.get(label), confusion.score(label)))
            .toList();
    List<Map<String, Object>> pairs =
        confusion.entries().stream()
            .map(
                entry ->
                    JsonWriter.object(
                        "label", classes.get(entry.label()),
                        "predicted", classes.get(entry.predicted()),
                        "count", entry.count()))
            .toList();
    return JsonWriter.object(
        "ece", calibrations.get(head).value(), "per_class", perClass, "confusion", pairs);
  }

  private static Map<String, Object> toJson(String name, ClassScore score) {
    return JsonWriter.object(
        "class", name,
        "precision", score.precision(),
        "recall", score.recall(),
        "f1", score.f1(),
        "support", score.support());
  }

  /** Prints the classes as a head sees them, all or the worst. */
  public void print(PrintWriter out, Head head) {
    List<Integer> labels = IntStream.range(0, classes.size()).boxed().toList();
    boolean all = labels.size() <= MOST_PRINTED;
    if (!all) {
      labels =
          labels.stream()
              .filter(label -> score(head, label).f1() != null)
              .sorted(Comparator.comparingDouble(label -> score(head, label).f1()))
              .limit(WORST_PRINTED)
              .toList();
    }
    int width = labels.stream().mapToInt(label -> classes.get(label).length()).max().orElse(0);
    String name = "%-" + Math.max(width, 16) + "s";
    out.printf(
        Locale.ROOT,
        "%nhead %s: expected calibration error %.2f %%%n%n",
        head.id(),
        100 * calibrations.get(head).value());
    String title = all ? "class" : labels.size() + " worst classes";
    out.printf(name + "%11s%11s%11s%10s%n", title, "precision", "recall", "F1", "images");
    for (int label : labels) {
      ClassScore score = score(head, label);
      out.printf(
          name + "%11s%11s%11s%10s%n",
          classes.get(label),
          percent(score.precision()),
          percent(score.recall()),
          percent(score.f1()),
          String.format(Locale.ROOT, "%,d", score.support()));
    }
  }

  private ClassScore score(Head head, int label) {
    return confusions.get(head).score(label);
  }

  private static String percent(Double share) {
    return share == null ? "-" : String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }
}
