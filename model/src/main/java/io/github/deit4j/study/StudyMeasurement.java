package io.github.deit4j.study;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Head;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Measures the trained models of a study, seed by seed. */
public final class StudyMeasurement {
  private final Backend backend;
  private final Dataset test;
  private final List<Integer> labels = new ArrayList<>();

  /** Prepares to measure on test images. */
  public StudyMeasurement(Backend backend, Dataset test) {
    this.backend = backend;
    this.test = test;
    for (int i = 0; i < test.size(); i++) {
      labels.add(test.label(i));
    }
  }

  /**
   * Measures all parts.
   *
   * @param weights gives the model file of a part and seed
   */
  public StudyResults measure(
      String name,
      List<StudyPart> parts,
      List<Long> seeds,
      BiFunction<StudyPart, Long, Path> weights)
      throws IOException, InterruptedException {
    StudyResults results = new StudyResults(name);
    for (long seed : seeds) {
      Map<String, ModelMeasures> measures = new HashMap<>();
      for (StudyPart part : parts) {
        Path file = weights.apply(part, seed);
        ModelMeasures measured = ModelMeasures.of(file, backend, test);
        measures.put(part.name(), measured);
        addRows(results, part, seed, measured, Sha256.of(file));
      }
      addDisagreements(results, measures);
    }
    return results;
  }

  private void addRows(
      StudyResults results, StudyPart part, long seed, ModelMeasures measured, String sha256) {
    measured
        .predictions()
        .forEach(
            (head, classes) -> {
              // The mean of logits is the reference code's; the paper's tables have the joint head.
              if (head != Head.MEAN) {
                double top1 = 1 - ModelMeasures.disagreement(classes, labels);
                results.rows().add(new StudyResults.Row(part, head, seed, top1, sha256));
              }
            });
    if (!measured.cosines().isEmpty()) {
      results.addCosines(part.name(), measured.cosines());
    }
  }

  private void addDisagreements(StudyResults results, Map<String, ModelMeasures> measures) {
    ModelMeasures convnet = measures.get(StudyPart.CONVNET);
    ModelMeasures plain = measures.get(StudyPart.NONE);
    ModelMeasures distilled = measures.get(StudyPart.HARD_TOKEN);
    if (convnet == null || plain == null || distilled == null) {
      return;
    }
    results.addPredictions(
        List.of(
            labels,
            convnet.predictions().get(Head.CLASS),
            plain.predictions().get(Head.CLASS),
            distilled.predictions().get(Head.CLASS),
            distilled.predictions().get(Head.DISTILLATION),
            distilled.predictions().get(Head.JOINT)));
  }
}
