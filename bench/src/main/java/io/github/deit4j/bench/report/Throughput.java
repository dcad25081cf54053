package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.Measurement;
import io.github.deit4j.bench.suite.Section;
import io.github.deit4j.report.LogAxis;
import io.github.deit4j.report.Plot;
import java.util.Comparator;
import java.util.List;

/** Images per second over the batch, a plot for each model. */
final class Throughput {
  private Throughput() {}

  static String html(Results results) {
    StringBuilder html = new StringBuilder();
    for (Section section : List.of(Section.INFERENCE, Section.TRAIN_STEP)) {
      List<Measurement> measured =
          results.main(section).stream().filter(each -> each.imagesPerSecond() != null).toList();
      if (!measured.isEmpty()) {
        html.append(Texts.heading(Texts.title(section)));
        html.append(Texts.charts(plots(results, section, measured)));
      }
    }
    return html.isEmpty()
        ? Texts.paragraph("No model was measured.")
        : Texts.paragraph(
                "Both axes are logarithmic. Vertical lines go from the tenth to the ninetieth"
                    + " percentile; hollow marks are noisy.")
            + html;
  }

  private static String plots(Results results, Section section, List<Measurement> measured) {
    StringBuilder plots = new StringBuilder();
    for (String model : Results.distinct(measured, each -> each.model())) {
      List<Measurement> own =
          measured.stream().filter(each -> each.cell().model().equals(model)).toList();
      plots.append(plot(results, section, model, own));
    }
    return plots.toString();
  }

  private static String plot(
      Results results, Section section, String model, List<Measurement> measured) {
    double low = measured.stream().mapToDouble(Throughput::slow).min().orElseThrow();
    double high = measured.stream().mapToDouble(Throughput::fast).max().orElseThrow();
    List<Integer> batches = Results.distinct(measured, each -> each.batch());
    String title = Texts.model(model);
    Plot plot =
        new Plot(
            title,
            "%s of %s: images per second over the batch; the numbers are under All results"
                .formatted(Texts.title(section), title),
            new Plot.Dimension("batch", LogAxis.through(batches), Texts::tick),
            new Plot.Dimension("images/s", LogAxis.over(low, high), Texts::tick));
    for (String contender : Results.distinct(measured, each -> each.contender())) {
      List<Measurement> series =
          measured.stream()
              .filter(each -> each.cell().contender().equals(contender))
              .sorted(Comparator.comparing(each -> each.cell().batch()))
              .toList();
      draw(plot, results.style(contender), contender, series);
    }
    return plot.figure();
  }

  private static void draw(Plot plot, int style, String contender, List<Measurement> series) {
    plot.name(style, contender);
    plot.line(style, series.stream().map(Throughput::point).toList());
    for (Measurement each : series) {
      int batch = each.cell().batch();
      plot.span(style, batch, slow(each), fast(each));
      plot.point(
          style,
          point(each),
          each.noisy(),
          "%s, batch %d: %s images/s"
              .formatted(contender, batch, Texts.number(each.imagesPerSecond())));
    }
  }

  private static Plot.Point point(Measurement measured) {
    return new Plot.Point(measured.cell().batch(), measured.imagesPerSecond());
  }

  private static double slow(Measurement measured) {
    return measured.imagesPerSecond() * measured.time().median() / measured.time().p90();
  }

  private static double fast(Measurement measured) {
    return measured.imagesPerSecond() * measured.time().median() / measured.time().p10();
  }
}
