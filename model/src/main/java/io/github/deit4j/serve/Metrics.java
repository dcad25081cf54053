package io.github.deit4j.serve;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** Counters in the text format of Prometheus, version 0.0.4. */
final class Metrics {
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double NANOS = 1e9;
  private static final double[] SECONDS = {
    .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30
  };
  private static final double[] IMAGES = {1, 2, 4, 8, 16, 32, 64, 128};

  /** By path and status. */
  private final Map<Answered, LongAdder> requests = new ConcurrentSkipListMap<>();

  private final Map<String, Histogram> durations = new ConcurrentSkipListMap<>();
  private final Histogram batches = new Histogram(IMAGES);
  private final Map<String, LongSupplier> gauges = new TreeMap<>();

  private record Answered(String path, int status) implements Comparable<Answered> {
    @Override
    public int compareTo(Answered other) {
      int byPath = path.compareTo(other.path);
      return byPath != 0 ? byPath : Integer.compare(status, other.status);
    }
  }

  /** Counts of values below some bounds. */
  private static final class Histogram {
    private final double[] bounds;
    private final LongAdder[] counts;
    private final LongAdder total = new LongAdder();

    /** In billionths, so that threads need not take turns at a sum. */
    private final LongAdder sum = new LongAdder();

    Histogram(double[] bounds) {
      this.bounds = bounds;
      this.counts = new LongAdder[bounds.length];
      for (int i = 0; i < counts.length; i++) {
        counts[i] = new LongAdder();
      }
    }

    void add(double value) {
      for (int i = 0; i < bounds.length; i++) {
        if (value <= bounds[i]) {
          counts[i].increment();
          break;
        }
      }
      sum.add(Math.round(value * NANOS));
      total.increment();
    }

    void write(StringBuilder out, String name, String label) {
      String more = label.isEmpty() ? "" : label + ",";
      long below = 0;
      for (int i = 0; i < bounds.length; i++) {
        below += counts[i].sum();
        line(out, name + "_bucket{" + more + "le=\"" + number(bounds[i]) + "\"}", below);
      }
      line(out, name + "_bucket{" + more + "le=\"+Inf\"}", total.sum());
      String only = label.isEmpty() ? "" : "{" + label + "}";
      out.append(name).append("_sum").append(only).append(' ');
      out.append(number(sum.sum() / NANOS)).append('\n');
      line(out, name + "_count" + only, total.sum());
    }

    private static String number(double value) {
      return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
  }

  /** Adds a number that goes up and down. */
  void gauge(String name, LongSupplier value) {
    gauges.put(name, value);
  }

  /** Counts an answer. */
  void answered(String path, int status, long nanos) {
    requests.computeIfAbsent(new Answered(path, status), _ -> new LongAdder()).increment();
    durations.computeIfAbsent(path, _ -> new Histogram(SECONDS)).add(nanos / NANOS);
  }

  /** Counts a batch and its images. */
  void batch(int images) {
    batches.add(images);
  }

  /** Returns everything. */
  String text() {
    StringBuilder out = new StringBuilder();
    head(out, "deit4j_requests_total", "counter", "Requests that were answered.");
    requests.forEach(
        (key, count) ->
            line(
                out,
                String.format(
                    Locale.ROOT,
                    "deit4j_requests_total{path=\"%s\",code=\"%d\"}",
                    key.path(),
                    key.status()),
                count.sum()));
    head(out, "deit4j_request_seconds", "histogram", "From a request's header to its answer.");
    durations.forEach(
        (path, seconds) -> seconds.write(out, "deit4j_request_seconds", "path=\"" + path + "\""));
    head(out, "deit4j_batch_images", "histogram", "Images that were classified together.");
    batches.write(out, "deit4j_batch_images", "");
    gauges.forEach(
        (name, value) -> {
          head(out, name, "gauge", name.substring("deit4j_".length()).replace('_', ' ') + ".");
          line(out, name, value.getAsLong());
        });
    return out.toString();
  }

  private static void head(StringBuilder out, String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private static void line(StringBuilder out, String name, long value) {
    out.append(name).append(' ').append(value).append('\n');
  }
}
