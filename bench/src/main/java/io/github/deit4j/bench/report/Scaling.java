package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.Cell;
import io.github.deit4j.bench.suite.Measurement;
import io.github.deit4j.bench.suite.Section;
import io.github.deit4j.report.LinearAxis;
import io.github.deit4j.report.Plot;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How much faster more threads are. */
final class Scaling {
  /** A model at one batch by one contender. */
  private record Series(String model, String contender, int batch) {
    static Series of(Cell cell) {
      return new Series(cell.model(), cell.contender(), cell.batch());
    }

    String name() {
      return "%s, batch %d, %s".formatted(Texts.model(model), batch, contender);
    }
  }

  private Scaling() {}

  static String html(Results results) {
    int most = results.threads();
    StringBuilder figures = new StringBuilder();
    for (Section section : List.of(Section.INFERENCE, Section.TRAIN_STEP)) {
      Map<Series, List<Measurement>> series =
          results
              .all(section)
              .filter(each -> each.imagesPerSecond() != null && !each.cell().onDevice())
              .collect(
                  Collectors.groupingBy(
                      each -> Series.of(each.cell()), LinkedHashMap::new, Collectors.toList()));
      series.values().removeIf(list -> list.size() < 2 || alone(list) == null);
      if (!series.isEmpty()) {
        figures.append(plot(section, most, series));
      }
    }
    return figures.isEmpty()
        ? Texts.paragraph("Nothing was measured with several thread counts.")
        : Texts.paragraph(
                "Images per second over those of one thread. The grey line is as many times as"
                    + " fast as there are threads.")
            + Texts.charts(figures.toString());
  }

  private static Measurement alone(List<Measurement> series) {
    return series.stream().filter(each -> each.cell().threads() == 1).findFirst().orElse(null);
  }

  private static String plot(Section section, int most, Map<Series, List<Measurement>> series) {
    double best =
        series.values().stream()
            .flatMap(list -> list.stream().map(each -> speedup(list, each)))
            .max(Double::compare)
            .orElseThrow();
    String title = Texts.title(section);
    Plot plot =
        new Plot(
            title,
            "%s: speed-up over the number of threads; the numbers are under All results"
                .formatted(title),
            new Plot.Dimension("threads", LinearAxis.over(0, most, Math.min(most, 8)), Texts::tick),
            new Plot.Dimension(
                "times as fast as one thread",
                LinearAxis.over(0, Math.max(best, most), 5),
                Texts::tick));
    plot.limit(List.of(new Plot.Point(0, 0), new Plot.Point(most, most)));
    int style = 0;
    for (Map.Entry<Series, List<Measurement>> each : series.entrySet()) {
      draw(plot, style, each.getKey().name(), each.getValue());
      style++;
    }
    return plot.figure();
  }

  private static void draw(Plot plot, int style, String name, List<Measurement> series) {
    plot.name(style, name);
    List<Measurement> sorted =
        series.stream().sorted(Comparator.comparing(each -> each.cell().threads())).toList();
    plot.line(style, sorted.stream().map(each -> point(series, each)).toList());
    for (Measurement each : sorted) {
      plot.point(
          style,
          point(series, each),
          each.noisy(),
          "%s, %d threads: %s times"
              .formatted(name, each.cell().threads(), Texts.number(speedup(series, each))));
    }
  }

  private static Plot.Point point(List<Measurement> series, Measurement measured) {
    return new Plot.Point(measured.cell().threads(), speedup(series, measured));
  }

  private static double speedup(List<Measurement> series, Measurement measured) {
    return measured.imagesPerSecond() / alone(series).imagesPerSecond();
  }
}
