package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.Crossover;
import io.github.deit4j.report.Table;
import java.util.ArrayList;
import java.util.List;

/** From which batch on a device is ahead. */
final class Crossovers {
  private Crossovers() {}

  static String html(Results results) {
    List<List<String>> rows = new ArrayList<>();
    for (Crossover each : results.report().crossovers()) {
      rows.add(
          List.of(
              Texts.model(each.model()),
              Texts.title(each.section()),
              each.precision() == null ? "–" : each.precision().key(),
              each.fromBatch() == null ? "–" : Integer.toString(each.fromBatch()),
              each.explanation()));
    }
    if (rows.isEmpty()) {
      return Texts.paragraph("No model was measured, so there is nothing to compare.");
    }
    return new Table(
            "Crossover",
            "The smallest batch from which on the device has more images per second than the best"
                + " backend of the host, the copies of images and results counted.",
            List.of("model", "work", "precision", "from batch", "why"),
            rows)
        .body();
  }
}
