package io.github.deit4j.report;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.run.MetricsLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The numbers of a {@code metrics.jsonl}, as curves over the optimizer steps. Every number of every
 * line is taken, whatever its name: the last part of its name says which chart it belongs to, the
 * rest which curve in there.
 */
final class Curves {
  private static final String EPOCH = "epoch";
  private static final int MAX_POINTS = 400;

  /** Name of a curve that has no name but its chart's. */
  private static final String TRAINING = "training";

  private final Map<String, Map<String, List<Point>>> charts = new LinkedHashMap<>();
  private int unreadable;
  private long step;

  /**
   * A point of a curve.
   *
   * @param step optimizer steps done, or what else the figure is drawn across
   * @param value the number
   */
  record Point(double step, double value) {}

  /** Two numbers a point, for of long runs there are hundreds of thousands. */
  private static final class Points extends AbstractList<Point> {
    private double[] numbers = new double[32];
    private int size;

    @Override
    public boolean add(Point point) {
      if (2 * size == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * numbers.length);
      }
      numbers[2 * size] = point.step;
      numbers[2 * size + 1] = point.value;
      size++;
      return true;
    }

    @Override
    public Point get(int index) {
      Objects.checkIndex(index, size);
      return new Point(numbers[2 * index], numbers[2 * index + 1]);
    }

    @Override
    public int size() {
      return size;
    }
  }

  /** Reads a file; a missing one has no curves. */
  static Curves read(Path file) throws IOException {
    MetricsTail tail = new MetricsTail(file);
    tail.read();
    return tail.whole();
  }

  /** Returns the curves by chart and name, in the order of their first appearance. */
  Map<String, Map<String, List<Point>>> charts() {
    return charts;
  }

  /** Returns the points of a chart's curve that has no name of its own. */
  List<Point> of(String chart) {
    return charts.getOrDefault(chart, Map.of()).getOrDefault(TRAINING, List.of());
  }

  /** Returns the number of lines that could not be read. */
  int unreadable() {
    return unreadable;
  }

  /** Returns how many optimizer steps were done at the last line, 0 before there is one. */
  long step() {
    return step;
  }

  /** Adds the numbers of a line. */
  void addLine(String line) {
    try {
      JsonValue json = Json.read("line", line);
      long done = json.get(MetricsLog.STEP).asLong();
      addAll(done, "", json);
      step = done;
    } catch (JsonException e) {
      unreadable++;
    }
  }

  private void addAll(long step, String prefix, JsonValue object) throws JsonException {
    for (String key : object.keys()) {
      JsonValue value = object.get(key);
      switch (value.value()) {
        case Map<?, ?> _ -> addAll(step, prefix + key + " ", value);
        case Number number when !key.equals(MetricsLog.STEP) && !key.equals(EPOCH) ->
            add(key, prefix.isEmpty() ? TRAINING : prefix.strip(), step, number.doubleValue());
        case null, default -> {}
      }
    }
  }

  private void add(String chart, String curve, long step, double value) {
    charts
        .computeIfAbsent(chart, name -> new LinkedHashMap<>())
        .computeIfAbsent(curve, name -> new Points())
        .add(new Point(step, value));
  }

  /**
   * Returns a figure in HTML: a table of curves, of which {@code curves.js} draws a chart. The same
   * name has the same colour in all figures of a page.
   *
   * @param metric what is drawn; its name decides title and unit
   * @param across what {@link Point#step} counts
   * @param curves by name, at least one, none empty
   */
  static String figure(String metric, String across, Map<String, List<Point>> curves) {
    List<String> header = new ArrayList<>(List.of(across));
    header.addAll(curves.keySet());
    Map<Double, String[]> rows = new TreeMap<>();
    int column = 1;
    for (List<Point> curve : curves.values()) {
      for (Point point : thinned(curve)) {
        String[] row = rows.computeIfAbsent(point.step(), step -> row(step, header.size()));
        row[column] = Metric.format(metric, point.value());
      }
      column++;
    }
    int longest = curves.values().stream().mapToInt(List::size).max().orElseThrow();
    String note =
        longest <= MAX_POINTS
            ? ""
            : "Where a curve has more than %d values, each point is the mean of neighbouring ones, at most %d."
                .formatted(MAX_POINTS, Math.ceilDiv(longest, MAX_POINTS));
    String title = Metric.title(metric);
    var table = new Table(title, note, header, rows.values().stream().map(List::of).toList());
    return """
        <figure class="plot"><figcaption>%s</figcaption>
        <details><summary>Numbers</summary>
        %s</details></figure>
        """
        .formatted(HtmlPage.escape(title), table.body());
  }

  private static String[] row(double step, int columns) {
    String[] row = new String[columns];
    Arrays.fill(row, "");
    row[0] = Metric.number(step);
    return row;
  }

  private static List<Point> thinned(List<Point> curve) {
    int group = Math.ceilDiv(curve.size(), MAX_POINTS);
    List<Point> thinned = new ArrayList<>();
    for (int from = 0; from < curve.size(); from += group) {
      thinned.add(mean(curve.subList(from, Math.min(from + group, curve.size()))));
    }
    return thinned;
  }

  private static Point mean(List<Point> points) {
    double steps = 0;
    double values = 0;
    for (Point point : points) { // no stream, for a page that goes on does this again and again
      steps += point.step();
      values += point.value();
    }
    return new Point(steps / points.size(), values / points.size());
  }
}
