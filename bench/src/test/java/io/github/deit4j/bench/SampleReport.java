package io.github.deit4j.bench;

import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.bench.SuiteReport.Crossover;
import io.github.deit4j.bench.SuiteReport.Settings;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Measurement.Round.Memory;
import io.github.deit4j.bench.measure.Measurement.Timing;
import io.github.deit4j.device.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reports of made-up numbers, with all that a report can have, and with next to nothing. */
final class SampleReport {
  /** What would do harm if it were not escaped. */
  static final String EVIL = "<img src=x onerror=\"fetch('http://evil.example')\"> & 'more'";

  private static final int THREADS = 4;
  private static final double PEAK = 440;
  private static final double BANDWIDTH = 48;
  private static final List<String> MODELS =
      List.of(
          "deit_tiny_distilled_patch16_224",
          "deit_small_distilled_patch16_224",
          "deit_base_distilled_patch16_384");
  private static final List<String> HOST = List.of("cpu", "openblas", "peer:pytorch");

  private SampleReport() {}

  /** Everything: several backends and a device, noisy results, texts that want escaping. */
  static SuiteReport full() {
    List<Measurement> measurements = new ArrayList<>();
    for (String model : MODELS) {
      ops(measurements, model);
    }
    for (Section section : List.of(Section.INFERENCE, Section.TRAIN_STEP)) {
      for (int size = 0; size < MODELS.size(); size++) {
        model(measurements, section, MODELS.get(size), 1e-9 * Math.pow(4, size));
      }
    }
    measurements.add(other(Section.DATA, "decode", 1.2));
    measurements.add(other(Section.COLD_START, "predict", 1040));
    return new SuiteReport(
        environment(),
        new Settings(true, 5, 600, List.of(1, 2, THREADS)),
        ceilings(),
        measurements,
        List.of(breakdown(MODELS.get(1))),
        List.of(
            new Crossover(Section.INFERENCE, MODELS.get(0), Precision.FP32, 2, "3100 against 51"),
            new Crossover(Section.TRAIN_STEP, MODELS.get(0), Precision.FP32, null, EVIL)),
        List.of(new Absence("peer:onnxruntime", "not installed: mvn -Ppeers " + EVIL)));
  }

  /** A machine on which next to nothing could be measured. */
  static SuiteReport empty() {
    return new SuiteReport(
        new Testbed(
            null, "0.1", null, "none", EVIL, 1, 1L << 30, "Linux", "25", List.of(), Map.of()),
        new Settings(false, 1, 1, List.of(1)),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(new Absence("all", "the time budget of 1 s was spent")));
  }

  private static Testbed environment() {
    return new Testbed(
        "2026-11-24T18:00:00Z",
        "0.1.0-SNAPSHOT",
        "b63a730",
        "9f8e7d6c5b4a",
        "Sample processor with made-up numbers, 4 cores",
        THREADS,
        64L << 30,
        "Linux 6.1.0 amd64",
        "25.0.3+9 Temurin",
        List.of("--add-modules=jdk.incubator.vector", "-XX:+UseTransparentHugePages", "-Xmx12g"),
        Map.of("cpu", "AVX-512 kernels, 16 lanes", "cuda:0", "a device", "openblas", EVIL));
  }

  private static List<Ceiling> ceilings() {
    List<Ceiling> ceilings = new ArrayList<>();
    for (int threads = 1; threads <= THREADS; threads *= 2) {
      ceilings.add(
          new Ceiling(
              "cpu", Ceiling.Kind.ARITHMETIC, Precision.FP32, threads, PEAK * threads / THREADS));
      ceilings.add(
          new Ceiling(
              "cpu", Ceiling.Kind.MEMORY, Precision.FP32, threads, BANDWIDTH - 12.0 / threads));
    }
    ceilings.add(new Ceiling("cuda:0", Ceiling.Kind.ARITHMETIC, Precision.FP32, 1, 51_000));
    ceilings.add(new Ceiling("cuda:0", Ceiling.Kind.ARITHMETIC, Precision.BF16, 1, 720_000));
    ceilings.add(new Ceiling("cuda:0", Ceiling.Kind.MEMORY, Precision.FP32, 1, 2_900));
    ceilings.add(new Ceiling("cuda:0", Ceiling.Kind.UPLOAD, Precision.FP32, 1, 24.1));
    ceilings.add(new Ceiling("cuda:0", Ceiling.Kind.DOWNLOAD, Precision.FP32, 1, 22.7));
    return ceilings;
  }

  private static void ops(List<Measurement> measurements, String model) {
    double flop = 1e8 * Math.pow(4, MODELS.indexOf(model));
    List<String> products =
        List.of(
            "qkv/linear",
            "fc1/linearGelu",
            "fc1/linearInputGradient",
            "fc1/linearParameterGradients",
            "attn/attention",
            "attn/attentionBackward");
    for (int i = 0; i < products.size(); i++) {
      Cell cell = cell(Section.OP, "cpu", model, products.get(i), 8, THREADS);
      double milliseconds = flop / PEAK * 1e-6 / (0.9 - 0.1 * i);
      measurements.add(measurement(cell, flop, flop / (20 + 15 * i), milliseconds, i == 3));
    }
    for (String stream : List.of("mlp/gelu", "norm/layerNorm", "parameters/adamW", "loss/fill")) {
      Cell cell = cell(Section.OP, "cpu", model, stream, 8, THREADS);
      double bytes = 1e7 * stream.length();
      measurements.add(measurement(cell, null, bytes, bytes / (3e6 * stream.length()), false));
    }
  }

  private static void model(
      List<Measurement> measurements, Section section, String model, double cost) {
    double work = (section == Section.INFERENCE ? 2e10 : 6e10) * cost;
    for (int batch = 1; batch <= 64; batch *= 2) {
      for (int i = 0; i < HOST.size(); i++) {
        double milliseconds = work * (batch + 0.2) * (1 + 0.2 * i);
        Cell cell = cell(section, HOST.get(i), model, null, batch, THREADS);
        measurements.add(measurement(cell, null, null, milliseconds, batch == 4 && i == 1));
      }
      for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
        double speed = precision == Precision.FP32 ? 90 : 500;
        Cell cell =
            new Cell(
                section, "cuda:0", precision, model, null, batch, List.of(batch, 3), THREADS, true);
        measurements.add(measurement(cell, null, null, 1.5 + work * batch / speed, false));
      }
    }
    for (int threads = 1; threads < THREADS; threads *= 2) {
      Cell cell = cell(section, "cpu", model, null, 8, threads);
      measurements.add(
          measurement(
              cell, null, null, work * 8.2 * Math.pow(THREADS / (double) threads, 0.9), false));
    }
  }

  private static Measurement other(Section section, String op, double milliseconds) {
    return measurement(cell(section, "cpu", null, op, 1, THREADS), null, null, milliseconds, false);
  }

  private static Cell cell(
      Section section, String backend, String model, String op, int batch, int threads) {
    return new Cell(
        section,
        backend,
        Precision.FP32,
        model,
        op,
        batch,
        List.of(batch, 3, 224, 224),
        threads,
        false);
  }

  private static Measurement measurement(
      Cell cell, Double flop, Double bytes, double milliseconds, boolean noisy) {
    Timing time =
        new Timing(
            40,
            milliseconds,
            0.94 * milliseconds,
            (noisy ? 1.8 : 1.1) * milliseconds,
            0.9 * milliseconds,
            List.of(milliseconds));
    Double gflops = flop == null ? null : Double.valueOf(flop / milliseconds * 1e-6);
    return new Measurement(
        cell,
        flop,
        bytes,
        time,
        gflops,
        bytes == null ? null : Double.valueOf(bytes / milliseconds * 1e-6),
        cell.op() == null ? Double.valueOf(1000 * cell.batch() / milliseconds) : null,
        gflops == null ? Double.valueOf(0.7) : Double.valueOf(gflops / PEAK),
        gflops == null ? null : Double.valueOf(gflops / PEAK),
        new Memory(1L << 28, Memory.Kind.TENSORS),
        noisy ? "clock 12 % below the best; " + EVIL : null,
        List.of());
  }

  private static Breakdown breakdown(String model) {
    return new Breakdown(
        cell(Section.TRAIN_STEP, "cpu", model, null, 8, THREADS),
        1364,
        List.of(
            line("linearParameterGradients", 376, 0.77),
            line("linearInputGradient", 222, 0.85),
            line("addLinear", 152, 0.78),
            line("linearGelu", 134, 0.71),
            line("attentionBackward", 105, 0.58),
            line("(between ops)", 14, null)));
  }

  private static Breakdown.Line line(String op, double milliseconds, Double share) {
    return new Breakdown.Line(op, 12, milliseconds, null, null, share, share, milliseconds / 1364);
  }
}
