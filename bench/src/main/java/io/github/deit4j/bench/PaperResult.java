package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the paper (Touvron et al. 2021, table 5 and figure 1) says of a model trained for 300
 * epochs.
 *
 * @param top1 in percent, on ImageNet's validation images
 * @param imagesPerSecond of inference on a V100
 */
record PaperResult(double top1, double imagesPerSecond) {
  private static final Map<String, PaperResult> BY_MODEL =
      Map.ofEntries(
          Map.entry("deit_tiny_patch16_224", new PaperResult(72.2, 2536.5)),
          Map.entry("deit_small_patch16_224", new PaperResult(79.8, 940.4)),
          Map.entry("deit_base_patch16_224", new PaperResult(81.8, 292.3)),
          Map.entry("deit_base_patch16_384", new PaperResult(83.1, 85.9)),
          Map.entry("deit_tiny_distilled_patch16_224", new PaperResult(74.5, 2529.5)),
          Map.entry("deit_small_distilled_patch16_224", new PaperResult(81.2, 936.2)),
          Map.entry("deit_base_distilled_patch16_224", new PaperResult(83.4, 290.9)),
          Map.entry("deit_base_distilled_patch16_384", new PaperResult(84.5, 85.8)),
          Map.entry("regnety_040", new PaperResult(80.0, 1156.7)),
          Map.entry("regnety_080", new PaperResult(81.7, 591.6)),
          Map.entry("regnety_160", new PaperResult(82.9, 334.7)));

  /** Returns what the paper says of what was measured; null if nothing. */
  static PaperResult of(Measurement measurement) {
    String model = measurement.cell().model();
    return model == null ? null : BY_MODEL.get(model);
  }

  /**
   * Returns the inference of such models at the batch that gives each contender the most images.
   */
  static Collection<Measurement> fastest(SuiteReport report) {
    int threads = report.settings().threads().getLast();
    Map<List<String>, Measurement> fastest = new LinkedHashMap<>();
    report.of(Section.INFERENCE).stream()
        .filter(each -> of(each) != null && each.cell().threads() == threads)
        .forEach(
            each ->
                fastest.merge(
                    List.of(each.cell().model(), each.cell().contender()),
                    each,
                    (a, b) -> a.imagesPerSecond() >= b.imagesPerSecond() ? a : b));
    return fastest.values();
  }
}
