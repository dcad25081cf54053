package io.github.deit4j.bench.report;

import io.github.deit4j.bench.suite.Ceiling;
import io.github.deit4j.bench.suite.Cell;
import io.github.deit4j.bench.suite.Measurement;
import io.github.deit4j.bench.suite.Section;
import io.github.deit4j.report.Bars;
import io.github.deit4j.report.LogAxis;
import io.github.deit4j.report.Plot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Ops under the roof of what was measured of the machine (Williams et al. 2009): those with matrix
 * products as points, those without as shares of the memory's bandwidth.
 */
final class Rooflines {
  private static final List<String> KINDS =
      List.of("forward product", "input gradient", "weight gradient", "attention");

  /** Of the bars' text: what a bar ends at. */
  private static final String BANDWIDTH = "GB/s";

  private Rooflines() {}

  static String html(Results results) {
    List<Measurement> ops = results.main(Section.OP);
    StringBuilder figures = new StringBuilder();
    for (String contender : Results.distinct(ops, Cell::contender)) {
      List<Measurement> own =
          ops.stream().filter(each -> each.cell().contender().equals(contender)).toList();
      figures.append(roofline(results, contender, own));
      figures.append(bandwidth(results, contender, own));
    }
    return figures.isEmpty()
        ? Texts.paragraph("No op was measured.")
        : Texts.paragraph(
                "The roof is the least of two measured limits: arithmetic, and memory bandwidth"
                    + " times the operations for each byte of the operands. Each op ran alone on"
                    + " the same operands again and again, so those that fit into the caches can"
                    + " pass the slope. Ops without matrix products stand beside it, against the"
                    + " bandwidth. Hollow marks are noisy.")
            + Texts.charts(figures.toString());
  }

  private static String roofline(Results results, String contender, List<Measurement> ops) {
    List<Measurement> products =
        ops.stream().filter(each -> each.flop() != null && each.bytes() != null).toList();
    if (products.isEmpty()) {
      return "";
    }
    Cell cell = products.getFirst().cell();
    OptionalDouble peak = results.ceiling(Ceiling.Kind.ARITHMETIC, cell);
    OptionalDouble memory = results.ceiling(Ceiling.Kind.MEMORY, cell);
    if (peak.isEmpty() || memory.isEmpty()) {
      return "";
    }
    double ridge = peak.getAsDouble() / memory.getAsDouble();
    var intensities = products.stream().mapToDouble(Rooflines::intensity).summaryStatistics();
    LogAxis x = LogAxis.over(Math.min(ridge / 4, intensities.getMin()), intensities.getMax());
    double left = Math.min(peak.getAsDouble(), memory.getAsDouble() * x.min());
    double slowest = products.stream().mapToDouble(Measurement::gflops).min().orElseThrow();
    double fastest = products.stream().mapToDouble(Measurement::gflops).max().orElseThrow();
    LogAxis y = LogAxis.over(Math.min(left, slowest), 1.25 * Math.max(peak.getAsDouble(), fastest));
    Plot plot =
        new Plot(
            "Roofline of " + contender,
            ("Ops of %s by operations for each byte and GFLOP/s, under a roof of %s GB/s and %s"
                    + " GFLOP/s; the numbers are under All results")
                .formatted(
                    contender,
                    Texts.number(memory.getAsDouble()),
                    Texts.number(peak.getAsDouble())),
            new Plot.Dimension("operations for each byte", x, Texts::tick),
            new Plot.Dimension("GFLOP/s", y, Texts::tick));
    plot.limit(
        List.of(
            new Plot.Point(x.min(), left),
            new Plot.Point(Math.max(ridge, x.min()), peak.getAsDouble()),
            new Plot.Point(x.max(), peak.getAsDouble())));
    plot.text(
        new Plot.Point(x.max(), peak.getAsDouble()), Texts.number(peak.getAsDouble()) + " GFLOP/s");
    plot.text(new Plot.Point(x.min(), left), Texts.number(memory.getAsDouble()) + " GB/s");
    products.forEach(each -> draw(plot, each));
    KINDS.stream()
        .filter(kind -> products.stream().anyMatch(each -> kind(each).equals(kind)))
        .forEach(kind -> plot.name(KINDS.indexOf(kind), kind));
    return plot.figure();
  }

  private static double intensity(Measurement measured) {
    return measured.flop() / measured.bytes();
  }

  private static void draw(Plot plot, Measurement measured) {
    Cell cell = measured.cell();
    plot.point(
        KINDS.indexOf(kind(measured)),
        new Plot.Point(intensity(measured), measured.gflops()),
        measured.noisy(),
        "%s, %s, batch %d: %s GFLOP/s, %s of the roof"
            .formatted(
                cell.op(),
                Texts.model(cell.model()),
                cell.batch(),
                Texts.number(measured.gflops()),
                Texts.percent(measured.rooflineFraction())));
  }

  private static String kind(Measurement measured) {
    String op = measured.cell().op().toLowerCase(Locale.ROOT);
    if (op.contains("attention")) {
      return KINDS.get(3);
    }
    if (op.endsWith("parametergradients") || op.endsWith("weightgradient")) {
      return KINDS.get(2);
    }
    return KINDS.get(op.endsWith("inputgradient") ? 1 : 0);
  }

  /** Of one model and batch, the largest that was measured. */
  private static String bandwidth(Results results, String contender, List<Measurement> ops) {
    List<Measurement> streams =
        ops.stream()
            .filter(each -> each.flop() == null && each.gigabytesPerSecond() != null)
            .toList();
    if (streams.isEmpty()) {
      return "";
    }
    Cell largest = streams.getLast().cell();
    OptionalDouble memory = results.ceiling(Ceiling.Kind.MEMORY, largest);
    if (memory.isEmpty()) {
      return "";
    }
    List<Bars.Bar> bars = new ArrayList<>();
    streams.stream()
        .filter(each -> each.cell().model().equals(largest.model()))
        .filter(each -> each.cell().batch() == largest.batch())
        .sorted(Comparator.comparing(Measurement::gigabytesPerSecond).reversed())
        .forEach(each -> bars.add(bar(each, results.style(contender))));
    return Bars.figure(
        "Without products: %s, %s, batch %d; the full width is %s %s"
            .formatted(
                contender,
                Texts.model(largest.model()),
                largest.batch(),
                Texts.number(memory.getAsDouble()),
                BANDWIDTH),
        memory.getAsDouble(),
        bars);
  }

  private static Bars.Bar bar(Measurement measured, int style) {
    return new Bars.Bar(
        measured.cell().op(),
        measured.gigabytesPerSecond(),
        Texts.number(measured.gigabytesPerSecond(), measured) + " " + BANDWIDTH,
        style);
  }
}
