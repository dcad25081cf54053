package io.github.deit4j.bench;

import io.github.deit4j.bench.account.Gpu;
import io.github.deit4j.bench.account.StepAccount;
import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.cli.ExitCode;
import io.github.deit4j.cuda.standin.StandInWork;
import io.github.deit4j.device.Precision;
import io.github.deit4j.json.JsonWriter;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code deit bench gpu-account}. */
@Command(
    name = "gpu-account",
    description = {
      "Counts what a training step of a DeiT costs a GPU: launches, waits, bytes, operations, op by"
          + " op, beside the least that fused kernels would need, and bounds of images per second"
          + " from the peaks of data sheets. Nothing is measured, no device is needed: a stand-in"
          + " for CUDA's libraries counts, which g++ builds into ~/.cache/deit4j."
    })
final class GpuAccountCommand implements Callable<Integer> {
  private static final List<String> SIZES = List.of("tiny", "small", "base");
  private static final double MEGA = 1e6;

  private static final ResultTable<StandInWork> TABLE =
      new ResultTable<>(
          "",
          "",
          List.of(
              Column.text("op", 44, StandInWork::name),
              Column.number("times", StandInWork::times),
              Column.number("MB read", each -> each.times() * each.read() / MEGA),
              Column.number("MB written", each -> each.times() * each.written() / MEGA),
              Column.number("GFLOP", each -> each.times() * each.operations() / 1e9)));

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      split = ",",
      description = "Only these models: tiny, small, base (distilled, 224 pixels) or other DeiTs.")
  private List<String> models = SIZES;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "256",
      description = "Images of a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "bf16",
      description = "bf16, tf32, fp32; several one after the other (default: ${DEFAULT-VALUE}).")
  private List<String> precisions;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() {
    check();
    List<Map<String, Object>> documents = new ArrayList<>();
    PrintWriter out = spec.commandLine().getOut();
    for (String model : models) {
      String name = SIZES.contains(model) ? "deit_" + model + "_distilled_patch16_224" : model;
      for (String precision : precisions) {
        StepAccount account = StepAccount.of(name, batch, Precision.of(precision).orElseThrow());
        if (json) {
          documents.add(document(account));
        } else {
          out.print(text(account));
          out.flush();
        }
      }
    }
    if (json) {
      out.print(JsonWriter.pretty(documents));
      out.flush();
    }
    return ExitCode.OK;
  }

  private void check() {
    for (String model : models) {
      List<String> known = BenchmarkModels.transformers();
      require(
          SIZES.contains(model) || known.contains(model),
          "--model",
          "tiny, small, base or one of " + String.join(", ", known),
          model);
    }
    require(batch >= 1, "--batch", "1 or more", batch);
    for (String precision : precisions) {
      require(Precision.of(precision).isPresent(), "--precision", "bf16, tf32 or fp32", precision);
    }
  }

  private void require(boolean condition, String option, String expected, Object found) {
    if (!condition) {
      throw new ParameterException(
          spec.commandLine(), "%s: expected %s, found %s".formatted(option, expected, found));
    }
  }

  private static String text(StepAccount account) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s, batch %d, %s: a training step, counted%n"
            .formatted(account.model(), account.batch(), account.precision().key()));
    text.append(TABLE.head()).append(System.lineSeparator());
    for (StandInWork each : account.work()) {
      text.append(TABLE.line(each)).append(System.lineSeparator());
    }
    text.append(
        "%,d launches, with %,d nodes of graphs, %d waits for the device within, %.2f GB moved (fused: %.2f GB, %.2f of it), %.2f TFLOP%n"
            .formatted(
                account.launches(),
                account.nodes(),
                account.waits(),
                account.bytes() / 1e9,
                account.leastBytes() / 1e9,
                account.bytes() / account.leastBytes(),
                account.flops() / 1e12));
    for (Gpu gpu : Gpu.values()) {
      text.append(
          "%s: no more than %,.0f images/s by its data sheet (fused: %,.0f); a bound, no speed%n"
              .formatted(gpu, account.bound(gpu), account.leastBound(gpu)));
    }
    return text.append(System.lineSeparator()).toString();
  }

  private static Map<String, Object> document(StepAccount account) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("benchmark", "gpu_account");
    document.put("model", account.model());
    document.put("batch", account.batch());
    document.put("precision", account.precision().key());
    document.put("launches", account.launches());
    document.put("nodes", account.nodes());
    document.put("waits", account.waits());
    document.put("event_waits", account.eventWaits());
    document.put("bytes", Math.round(account.bytes()));
    document.put("least_bytes", Math.round(account.leastBytes()));
    document.put("flops", Math.round(account.flops()));
    document.put("bytes_to_device", Math.round(account.transferred("copy to the device")));
    document.put("bytes_to_host", Math.round(account.transferred("copy to the host")));
    document.put("bound_images_per_second", perGpu(account::bound));
    document.put("fused_bound_images_per_second", perGpu(account::leastBound));
    document.put("ops", account.work().stream().map(GpuAccountCommand::document).toList());
    document.put("fused_ops", account.least().stream().map(GpuAccountCommand::document).toList());
    return document;
  }

  private static Map<String, Object> perGpu(ToDoubleFunction<Gpu> bound) {
    Map<String, Object> bounds = new LinkedHashMap<>();
    for (Gpu gpu : Gpu.values()) {
      bounds.put(gpu.name(), Math.round(bound.applyAsDouble(gpu)));
    }
    return bounds;
  }

  private static Map<String, Object> document(StandInWork work) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("op", work.name());
    document.put("unit", work.unit().name().toLowerCase(Locale.ROOT));
    document.put("launches", work.times());
    document.put("nodes", work.nodes());
    document.put("bytes_read", Math.round(work.times() * work.read()));
    document.put("bytes_written", Math.round(work.times() * work.written()));
    document.put("flops", Math.round(work.times() * work.operations()));
    return document;
  }
}
