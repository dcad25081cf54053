package io.github.deit4j.bench.report;

import io.github.deit4j.bench.Breakdown;
import io.github.deit4j.bench.suite.Cell;
import io.github.deit4j.bench.suite.StepBreakdown;
import io.github.deit4j.report.Bars;
import java.util.List;

/** Where the time of a run goes, by op. */
final class Steps {
  private Steps() {}

  static String html(Results results) {
    StringBuilder figures = new StringBuilder();
    results.report().breakdowns().forEach(each -> figures.append(figure(results, each)));
    return figures.isEmpty()
        ? Texts.paragraph("No run was taken apart.")
        : Texts.paragraph(
                "The run of median length, op by op. The share of the roof is that of all calls"
                    + " together; what has none moves memory in a way that is not counted.")
            + Texts.charts(figures.toString());
  }

  private static String figure(Results results, StepBreakdown breakdown) {
    Cell cell = breakdown.cell();
    double longest =
        breakdown.lines().stream().mapToDouble(Breakdown.Line::milliseconds).max().orElse(1);
    int style = results.style(cell.contender());
    List<Bars.Bar> bars =
        breakdown.lines().stream()
            .map(line -> new Bars.Bar(line.op(), line.milliseconds(), text(line), style))
            .toList();
    return Bars.figure(
        "%s, %s, batch %d, %s: %s ms"
            .formatted(
                Texts.title(cell.section()),
                Texts.model(cell.model()),
                cell.batch(),
                cell.contender(),
                Texts.number(breakdown.milliseconds())),
        longest,
        bars);
  }

  private static String text(Breakdown.Line line) {
    return "%s ms · %s%s"
        .formatted(
            Texts.number(line.milliseconds()),
            Texts.percent(line.share()),
            line.rooflineFraction() == null
                ? ""
                : " · " + Texts.percent(line.rooflineFraction()) + " of roof");
  }
}
