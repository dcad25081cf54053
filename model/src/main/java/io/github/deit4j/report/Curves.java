package io.github.deit4j.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.run.MetricsLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers of a {@code metrics.jsonl}, as curves over the optimizer steps. Every number of every
 * line is taken, whatever its name: the last part of its name says which chart it belongs to, the
 * rest which curve in there.
 */
final class Curves {
  private static final String EPOCH = "epoch";

  /** Name of a curve that has no name but its chart's. */
  private static final String TRAINING = "training";

  private final Map<String, Map<String, List<Point>>> charts = new LinkedHashMap<>();
  private int unreadable;

  /**
   * A point of a curve.
   *
   * @param step optimizer steps done
   * @param value the number
   */
  record Point(double step, double value) {}

  /** Reads a file; a missing one has no curves. */
  static Curves read(Path file) throws IOException {
    Curves curves = new Curves();
    if (Files.exists(file)) {
      // Not as strict UTF-8: a line that is being written may be torn within a character.
      new String(Files.readAllBytes(file), UTF_8).lines().forEach(curves::addLine);
    }
    return curves;
  }

  /** Returns the curves by chart and name, in the order of their first appearance. */
  Map<String, Map<String, List<Point>>> charts() {
    return charts;
  }

  /** Returns the names of the curves of all charts, each once. */
  List<String> names() {
    return charts.values().stream().flatMap(chart -> chart.keySet().stream()).distinct().toList();
  }

  /** Returns the number of lines that could not be read. */
  int unreadable() {
    return unreadable;
  }

  private void addLine(String line) {
    try {
      JsonValue json = Json.read("line", line);
      addAll(json.get(MetricsLog.STEP).asLong(), "", json);
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
        .computeIfAbsent(curve, name -> new ArrayList<>())
        .add(new Point(step, value));
  }

  /** Returns at most {@code limit} points, each the mean of as many of the curve's. */
  static List<Point> thinned(List<Point> curve, int limit) {
    int group = Math.ceilDiv(curve.size(), limit);
    List<Point> thinned = new ArrayList<>();
    for (int from = 0; from < curve.size(); from += group) {
      thinned.add(mean(curve.subList(from, Math.min(from + group, curve.size()))));
    }
    return thinned;
  }

  private static Point mean(List<Point> points) {
    double step = 0;
    double value = 0;
    for (Point point : points) {
      step += point.step();
      value += point.value();
    }
    return new Point(step / points.size(), value / points.size());
  }
}
