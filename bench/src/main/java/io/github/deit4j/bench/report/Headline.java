package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.Measurement;
import io.github.deit4j.bench.suite.Section;
import io.github.deit4j.report.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The table that answers the question: what does each model get from each contender. */
final class Headline {
  private static final String NOTE =
      "Medians. Inference goes from images in the host's memory to logits there, so a device's"
          + " copies count; the last column is the training step's share of the arithmetic limit."
          + " † marks what the checks of clock and load do not trust.";

  private Headline() {}

  static String html(Results results) {
    List<Measurement> inference = results.main(Section.INFERENCE);
    List<Measurement> training = results.main(Section.TRAIN_STEP);
    List<Measurement> both = Stream.of(inference, training).flatMap(List::stream).toList();
    if (both.isEmpty()) {
      return Texts.note("No model was measured.");
    }
    List<List<String>> rows = new ArrayList<>();
    for (String model : Results.distinct(both, each -> each.model())) {
      for (String contender : Results.distinct(both, each -> each.contender())) {
        row(model, contender, inference, training).ifPresent(rows::add);
      }
    }
    return new Table(
            "In short",
            NOTE,
            List.of(
                "model, computed by",
                "one image, ms",
                "most images/s",
                "at batch",
                "training images/s",
                "at batch",
                "of the limit"),
            rows)
        .html();
  }

  private static Optional<List<String>> row(
      String model, String contender, List<Measurement> inference, List<Measurement> training) {
    List<Measurement> runs = of(model, contender, inference);
    List<Measurement> steps = of(model, contender, training);
    if (runs.isEmpty() && steps.isEmpty()) {
      return Optional.empty();
    }
    List<String> row = new ArrayList<>(List.of(Texts.model(model) + ", " + contender));
    row.add(
        runs.stream()
            .filter(each -> each.cell().batch() == 1)
            .findFirst()
            .map(each -> Texts.number(each.time().median(), each))
            .orElse(""));
    Optional<Measurement> most = fastest(runs);
    row.add(most.map(each -> Texts.number(each.imagesPerSecond(), each)).orElse(""));
    row.add(most.map(each -> Integer.toString(each.cell().batch())).orElse(""));
    Optional<Measurement> step = fastest(steps);
    row.add(step.map(each -> Texts.number(each.imagesPerSecond(), each)).orElse(""));
    row.add(step.map(each -> Integer.toString(each.cell().batch())).orElse(""));
    row.add(step.map(each -> Texts.percent(each.peakFraction())).orElse(""));
    return Optional.of(row);
  }

  private static List<Measurement> of(String model, String contender, List<Measurement> all) {
    return all.stream()
        .filter(each -> each.cell().model().equals(model))
        .filter(each -> each.cell().contender().equals(contender))
        .toList();
  }

  private static Optional<Measurement> fastest(List<Measurement> measurements) {
    return measurements.stream()
        .filter(each -> each.imagesPerSecond() != null)
        .max(Comparator.comparing(Measurement::imagesPerSecond));
  }
}
