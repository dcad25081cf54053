package io.github.deit4j.report;

import io.github.deit4j.report.Curves.Point;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** Draws curves over the optimizer steps as SVG with a legend. Colours come from the page's CSS. */
final class LineChart {
  /** As many colours and dash patterns as the page's CSS has. */
  private static final int STYLES = 6;

  private static final int WIDTH = 640;
  private static final int HEIGHT = 260;
  private static final int LEFT = 64;
  private static final int RIGHT = 24;
  private static final int TOP = 10;
  private static final int BOTTOM = 40;
  private static final int MAX_POINTS = 400;
  private static final int MAX_DOTS = 40;

  private final String title;
  private final Quantity quantity;
  private final Map<String, List<Point>> curves;
  private final List<String> names;
  private final Axis steps;
  private final Axis values;
  private final StringBuilder svg = new StringBuilder();

  private LineChart(String metric, Map<String, List<Point>> curves, List<String> names) {
    this.title = Quantity.title(metric);
    this.quantity = Quantity.of(metric);
    this.curves = curves;
    this.names = names;
    this.steps = axis(Point::step, 6);
    this.values = axis(Point::value, 5);
  }

  private Axis axis(ToDoubleFunction<Point> coordinate, int ticks) {
    var range = all(coordinate).summaryStatistics();
    return Axis.over(range.getMin(), range.getMax(), ticks);
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
    svg.append("<figure><figcaption>").append(Html.escape(title)).append("</figcaption>\n");
    legend();
    format(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s over optimizer steps\">\n",
        WIDTH, HEIGHT, Html.escape(title));
    grid();
    curves.forEach(this::curve);
    svg.append("</svg>\n");
    thinningNote();
    return svg.append("</figure>\n").toString();
  }

  private void legend() {
    if (curves.size() == 1) {
      return;
    }
    svg.append("<p class=\"legend\">");
    for (String name : curves.keySet()) {
      format(
          "<span><svg viewBox=\"0 0 24 8\"><path class=\"curve s%d\" d=\"M0 4H24\"/></svg>"
              + " %s</span> ",
          style(name), Html.escape(name));
    }
    svg.append("</p>\n");
  }

  private void grid() {
    for (double tick : values.ticks()) {
      format(
          "<path class=\"grid\" d=\"M%d %.1fH%d\"/>"
              + "<text class=\"end\" x=\"%d\" y=\"%.1f\">%s</text>\n",
          LEFT, y(tick), WIDTH - RIGHT, LEFT - 6, y(tick) + 4, quantity.formatTick(tick));
    }
    for (double tick : steps.ticks()) {
      format(
          "<text class=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
          x(tick), HEIGHT - BOTTOM + 16, Quantity.NUMBER.formatTick(tick));
    }
    format(
        "<text class=\"middle\" x=\"%d\" y=\"%d\">optimizer step</text>\n",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6);
  }

  private int style(String name) {
    return names.indexOf(name) % STYLES;
  }

  private void curve(String name, List<Point> all) {
    int style = style(name);
    List<Point> points = Curves.thinned(all, MAX_POINTS);
    format("<path class=\"curve s%d\" d=\"M", style);
    points.forEach(point -> format("%.1f %.1f ", x(point.step()), y(point.value())));
    svg.append("\"/>\n");
    if (points.size() <= MAX_DOTS) {
      points.forEach(point -> dot(name, point, style));
    }
  }

  private void dot(String name, Point point, int style) {
    format(
        "<circle class=\"s%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s, step %s: %s</title>"
            + "</circle>\n",
        style,
        x(point.step()),
        y(point.value()),
        Html.escape(name),
        Quantity.NUMBER.formatTick(point.step()),
        quantity.format(point.value()));
  }

  private void thinningNote() {
    int longest = curves.values().stream().mapToInt(List::size).max().orElseThrow();
    if (longest > MAX_POINTS) {
      format(
          "<p class=\"note\">Where a curve has more than %d values, each point is the mean of"
              + " neighbouring ones, at most %d.</p>\n",
          MAX_POINTS, Math.ceilDiv(longest, MAX_POINTS));
    }
  }

  private double x(double step) {
    return LEFT + steps.position(step) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - values.position(value) * (HEIGHT - TOP - BOTTOM);
  }

  private void format(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
