package io.github.deit4j.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * A plot in two axes as an SVG figure with a legend. Colours, dashes and text sizes come from the
 * page's CSS. Coordinates are those of the axes.
 */
public final class Plot {
  /** As many styles as the page's CSS has; a series' style is its place among all series. */
  public static final int STYLES = 8;

  private static final int WIDTH = 480;
  private static final int HEIGHT = 336;
  private static final int LEFT = 66;
  private static final int RIGHT = 16;
  private static final int TOP = 34;
  private static final int BOTTOM = 52;

  private final String title;
  private final String description;
  private final Dimension x;
  private final Dimension y;
  private final StringBuilder marks = new StringBuilder();
  private final List<String> legend = new ArrayList<>();

  /**
   * One of the two axes.
   *
   * @param label quantity and unit
   * @param axis its range
   * @param tick writes the number of a tick
   */
  public record Dimension(String label, Axis axis, DoubleFunction<String> tick) {
    /** Plain numbers. */
    public Dimension(String label, Axis axis) {
      this(label, axis, Metric::number);
    }
  }

  /**
   * A point of the plane.
   *
   * @param x along the horizontal axis
   * @param y along the vertical axis
   */
  public record Point(double x, double y) {}

  /**
   * Starts an empty plot.
   *
   * @param title above the figure
   * @param description for those who do not see it
   */
  public Plot(String title, String description, Dimension x, Dimension y) {
    this.title = title;
    this.description = description;
    this.x = x;
    this.y = y;
  }

  /** Adds a series' name to the legend. */
  public void name(int style, String name) {
    legend.add(
        "<span><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\"><path class=\"curve s%d\" d=\"M0 6H24\"/>%s</svg> %s</span>\n"
            .formatted(style % STYLES, shape(style, 12, 6, false, ""), Html.escape(name)));
  }

  /** Adds a note to the legend, without a mark. */
  public void note(String text) {
    legend.add("<span>" + Html.escape(text) + "</span>\n");
  }

  /** Connects points. */
  public void line(int style, List<Point> points) {
    path("curve s" + style % STYLES, points);
  }

  /** Draws a limit. */
  public void limit(List<Point> points) {
    path("limit", points);
  }

  private void path(String type, List<Point> points) {
    format("<path class=\"%s\" d=\"M", type);
    points.forEach(point -> format("%.1f %.1f ", px(point.x()), py(point.y())));
    marks.append("\"/>\n");
  }

  /**
   * Marks a point.
   *
   * @param hollow only its outline
   * @param text shown where a pointer rests on it
   */
  public void point(int style, Point point, boolean hollow, String text) {
    marks.append(shape(style, px(point.x()), py(point.y()), hollow, text)).append('\n');
  }

  /** Draws a vertical line from one value to another. */
  public void span(int style, double at, double low, double high) {
    format(
        "<path class=\"span s%d\" d=\"M%.1f %.1fV%.1f\"/>\n",
        style % STYLES, px(at), py(low), py(high));
  }

  /** Writes beside a point: to its left where it lies in the right half. */
  public void text(Point at, String text) {
    boolean right = px(at.x()) > WIDTH / 2.0;
    format(
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
        right ? "end" : "start", px(at.x()), py(at.y()) - 6, Html.escape(text));
  }

  /** Circle, square, diamond, triangle: not by colour alone. */
  private static String shape(int style, double x, double y, boolean hollow, String text) {
    String path =
        switch (style % 4) {
          case 0 -> "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z";
          case 1 -> "m-3.5 -3.5h7v7h-7z";
          case 2 -> "m0 -5l5 5l-5 5l-5 -5z";
          default -> "m0 -5l4.6 8h-9.2z";
        };
    return String.format(
        Locale.ROOT,
        "<path class=\"mark s%d%s\" d=\"M%.1f %.1f%s\">%s</path>",
        style % STYLES,
        hollow ? " hollow" : "",
        x,
        y,
        path,
        text.isEmpty() ? "" : "<title>" + Html.escape(text) + "</title>");
  }

  /** Returns the figure in HTML. */
  public String figure() {
    StringBuilder html = new StringBuilder("<figure class=\"plot\"><figcaption>");
    html.append(Html.escape(title)).append("</figcaption>\n");
    if (!legend.isEmpty()) {
      html.append("<p class=\"legend\">").append(String.join("", legend)).append("</p>\n");
    }
    html.append(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n"
            .formatted(WIDTH, HEIGHT, Html.escape(description)));
    html.append(grid()).append(marks);
    return html.append("</svg>\n</figure>\n").toString();
  }

  private String grid() {
    StringBuilder grid = new StringBuilder();
    for (double tick : y.axis().ticks()) {
      grid.append(
          String.format(
              Locale.ROOT,
              "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text class=\"end\" x=\"%d\" y=\"%.1f\">%s</text>\n",
              LEFT,
              py(tick),
              WIDTH - RIGHT,
              LEFT - 6,
              py(tick) + 5,
              Html.escape(y.tick().apply(tick))));
    }
    for (double tick : x.axis().ticks()) {
      grid.append(
          String.format(
              Locale.ROOT,
              "<path class=\"grid\" d=\"M%.1f %dV%d\"/><text class=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
              px(tick),
              TOP,
              HEIGHT - BOTTOM,
              px(tick),
              HEIGHT - BOTTOM + 19,
              Html.escape(x.tick().apply(tick))));
    }
    return grid.append(
            "<text class=\"start\" x=\"4\" y=\"20\">%s</text><text class=\"end\" x=\"%d\" y=\"%d\">%s</text>\n"
                .formatted(
                    Html.escape(y.label()), WIDTH - RIGHT, HEIGHT - 8, Html.escape(x.label())))
        .toString();
  }

  private double px(double value) {
    return LEFT + x.axis().position(value) * (WIDTH - LEFT - RIGHT);
  }

  private double py(double value) {
    return HEIGHT - BOTTOM - y.axis().position(value) * (HEIGHT - TOP - BOTTOM);
  }

  private void format(String format, Object... values) {
    marks.append(String.format(Locale.ROOT, format, values));
  }
}
