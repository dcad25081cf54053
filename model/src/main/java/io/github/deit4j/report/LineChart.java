package io.github.deit4j.report;

import io.github.deit4j.report.Curves.Point;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** Draws curves over the optimizer steps. */
final class LineChart {
  private static final int MAX_POINTS = 400;
  private static final int MAX_DOTS = 40;

  private final Quantity quantity;
  private final Map<String, List<Point>> curves;
  private final List<String> names;
  private final Plot plot;

  private LineChart(String metric, Map<String, List<Point>> curves, List<String> names) {
    String title = Quantity.title(metric);
    this.quantity = Quantity.of(metric);
    this.curves = curves;
    this.names = names;
    this.plot =
        new Plot(
            title,
            title + " over optimizer steps",
            new Plot.Dimension("optimizer step", axis(Point::step, 5)),
            new Plot.Dimension("", axis(Point::value, 5), quantity::formatTick));
  }

  private Axis axis(ToDoubleFunction<Point> coordinate, int ticks) {
    var range = all(coordinate).summaryStatistics();
    return LinearAxis.over(range.getMin(), range.getMax(), ticks);
  }

  private DoubleStream all(ToDoubleFunction<Point> coordinate) {
    return curves.values().stream().flatMap(List::stream).mapToDouble(coordinate);
  }

  /**
   * Returns a figure in HTML.
   *
   * @param metric what is drawn; its name decides title and unit
   * @param curves the curves by name, at least one, none empty
   * @param names of the curves of all charts; a curve's place in it decides its colour, so that the
   *     same thing has the same colour everywhere
   */
  static String draw(String metric, Map<String, List<Point>> curves, List<String> names) {
    return new LineChart(metric, curves, names).figure();
  }

  private String figure() {
    curves.forEach(this::curve);
    int longest = curves.values().stream().mapToInt(List::size).max().orElseThrow();
    if (longest > MAX_POINTS) {
      plot.note(
          "Where a curve has more than %d values, each point is the mean of neighbouring ones, at most %d."
              .formatted(MAX_POINTS, Math.ceilDiv(longest, MAX_POINTS)));
    }
    return plot.figure();
  }

  private void curve(String name, List<Point> all) {
    int style = names.indexOf(name);
    if (curves.size() > 1) {
      plot.name(style, name);
    }
    List<Point> points = Curves.thinned(all, MAX_POINTS);
    plot.line(style, points.stream().map(LineChart::onPlane).toList());
    if (points.size() <= MAX_DOTS) {
      points.forEach(
          point ->
              plot.point(
                  style,
                  onPlane(point),
                  false,
                  "%s, step %s: %s"
                      .formatted(
                          name,
                          Quantity.NUMBER.formatTick(point.step()),
                          quantity.format(point.value()))));
    }
  }

  private static Plot.Point onPlane(Point point) {
    return new Plot.Point(point.step(), point.value());
  }
}
