package io.github.deit4j.bench.suite;

import static io.github.deit4j.bench.suite.MarkdownTable.number;
import static io.github.deit4j.bench.suite.MarkdownTable.percent;

import io.github.deit4j.bench.Breakdown;
import io.github.deit4j.weights.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The report as {@code suite.md}. */
final class MarkdownWriter implements ReportWriter {
  private static final String FILE = "suite.md";
  private static final double GIB = 1 << 30;

  MarkdownWriter() {}

  @Override
  public void write(SuiteReport report, Path folder) throws IOException {
    AtomicFiles.writeString(folder.resolve(FILE), text(report));
  }

  static String text(SuiteReport report) {
    StringBuilder text = new StringBuilder("# deit4j benchmark suite\n\n");
    text.append(environment(report.environment(), report.settings()));
    section(text, "Ceilings", ceilings(report.ceilings()));
    section(text, "Inference", models(of(report, Section.INFERENCE)));
    section(text, "Training step", models(of(report, Section.TRAIN_STEP)));
    section(text, "From which batch on the GPU wins", crossovers(report.crossovers()));
    section(text, "Ops of a step", ops(of(report, Section.OP)));
    report
        .breakdowns()
        .forEach(
            each ->
                section(
                    text,
                    "One %s: %s ms".formatted(each.cell(), number(each.milliseconds())),
                    breakdown(each)));
    section(text, "Data path", times(of(report, Section.DATA)));
    section(text, "Cold start", times(of(report, Section.COLD_START)));
    section(text, "Noisy", noise(report.measurements()));
    section(text, "Absent", absences(report.absences()));
    return text.toString().stripTrailing() + "\n";
  }

  private static void section(StringBuilder text, String title, MarkdownTable table) {
    String body = table.toString();
    if (!body.isEmpty()) {
      text.append("## ").append(title).append("\n\n").append(body);
    }
  }

  private static List<Measurement> of(SuiteReport report, Section section) {
    return report.measurements().stream().filter(each -> each.cell().section() == section).toList();
  }

  private static String environment(Environment environment, Settings settings) {
    MarkdownTable table = new MarkdownTable("", "");
    table.add("started", environment.started());
    table.add("deit4j", environment.deit4j() + ", commit " + environment.commit());
    table.add("processor", environment.processor() + ", " + environment.processors() + " used");
    table.add("memory", String.format(Locale.ROOT, "%.1f GiB", environment.memoryBytes() / GIB));
    table.add("system", environment.system());
    table.add("Java", environment.java());
    environment.backends().forEach(table::add);
    table.add(
        "rounds", settings.rounds() + (settings.quick() ? ", quick: not for publication" : ""));
    return table
        + "Times are medians of all samples, with the 10th and 90th percentile; ~ marks a cell in"
        + " which clock or load were not as they should be. Memory is that of the tensors, of peers"
        + " that of the whole process.\n\n";
  }

  private static MarkdownTable ceilings(List<Ceiling> ceilings) {
    MarkdownTable table = new MarkdownTable("backend", "of", "precision", "threads", "at most");
    for (Ceiling each : ceilings) {
      table.add(
          each.backend(),
          each.kind().name().toLowerCase(Locale.ROOT),
          each.precision().key(),
          each.threads(),
          number(each.value()) + " " + each.kind().unit());
    }
    return table;
  }

  private static MarkdownTable models(List<Measurement> measurements) {
    MarkdownTable table =
        new MarkdownTable(
            "model",
            "batch",
            "threads",
            "backend",
            "ms",
            "p10–p90",
            "images/s",
            "GFLOP/s",
            "of peak",
            "memory");
    for (Measurement each : measurements) {
      Cell cell = each.cell();
      table.add(
          cell.model(),
          cell.batch(),
          cell.threads(),
          cell.contender(),
          median(each),
          spread(each),
          number(each.imagesPerSecond()),
          number(each.gflops()),
          percent(each.peakFraction()),
          memory(each.memory()));
    }
    return table;
  }

  private static String memory(Memory memory) {
    return memory == null ? null : String.format(Locale.ROOT, "%.2f GiB", memory.bytes() / GIB);
  }

  private static String median(Measurement measurement) {
    return (measurement.noisy() ? "~" : "") + number(measurement.time().median());
  }

  private static String spread(Measurement measurement) {
    return number(measurement.time().p10()) + "–" + number(measurement.time().p90());
  }

  private static MarkdownTable ops(List<Measurement> measurements) {
    MarkdownTable table =
        new MarkdownTable(
            "op", "model", "batch", "backend", "ms", "p10–p90", "GFLOP/s", "GB/s", "of roof");
    for (Measurement each : measurements) {
      table.add(
          each.cell().op(),
          each.cell().model(),
          each.cell().batch(),
          each.cell().contender(),
          median(each),
          spread(each),
          number(each.gflops()),
          number(each.gigabytesPerSecond()),
          percent(each.rooflineFraction()));
    }
    return table;
  }

  private static MarkdownTable breakdown(StepBreakdown breakdown) {
    MarkdownTable table =
        new MarkdownTable("op", "calls", "ms", "GFLOP/s", "of peak", "of the step");
    for (Breakdown.Line line : breakdown.lines()) {
      table.add(
          line.op(),
          line.calls(),
          number(line.milliseconds()),
          number(line.gflops()),
          percent(line.peakFraction()),
          String.format(Locale.ROOT, "%.1f %%", 100 * line.share()));
    }
    return table;
  }

  private static MarkdownTable times(List<Measurement> measurements) {
    MarkdownTable table =
        new MarkdownTable("what", "batch", "threads", "ms", "p10–p90", "images/s");
    for (Measurement each : measurements) {
      String model = each.cell().model() == null ? "" : ", " + each.cell().model();
      table.add(
          each.cell().op() + model,
          each.cell().batch(),
          each.cell().threads(),
          median(each),
          spread(each),
          number(each.imagesPerSecond()));
    }
    return table;
  }

  private static MarkdownTable crossovers(List<Crossover> crossovers) {
    MarkdownTable table = new MarkdownTable("", "model", "precision", "from batch", "");
    for (Crossover each : crossovers) {
      table.add(
          each.section().name().toLowerCase(Locale.ROOT),
          each.model(),
          each.precision() == null ? null : each.precision().key(),
          each.fromBatch(),
          each.explanation());
    }
    return table;
  }

  private static MarkdownTable noise(List<Measurement> measurements) {
    MarkdownTable table = new MarkdownTable("cell", "why");
    measurements.stream()
        .filter(Measurement::noisy)
        .forEach(each -> table.add(each.cell(), each.noise()));
    return table;
  }

  private static MarkdownTable absences(List<Absence> absences) {
    MarkdownTable table = new MarkdownTable("what", "why");
    absences.forEach(each -> table.add(each.what(), each.why()));
    return table;
  }
}
