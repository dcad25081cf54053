package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.Row;
import io.github.deit4j.bench.measure.Samples;
import io.github.deit4j.bench.measure.Table.Column;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.DeiTConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Measures a backend's ops, one by one. */
@Command(
    name = "ops",
    description = "Measures every op alone, forward and backward, against the roofline.")
final class OpsCommand extends Measuring {
  private static final List<Integer> BATCHES = List.of(8);

  private static final List<Column> COLUMNS =
      List.of(
          Column.text("backend", 8),
          Column.text("model", 31),
          Column.text("op", 27),
          Column.text("part", 13),
          Column.number("batch", 0),
          Column.text("result", 18),
          Column.number("median ms", 4),
          Column.number("best ms", 4),
          Column.number("GFLOP/s", 1),
          Column.number("GB/s", 1),
          Column.number("of roof", 3));

  OpsCommand() {}

  @Override
  void measure(BenchOptions chosen, Ceilings ceilings) {
    try (Results results = new Results(COLUMNS, OpsCommand::line)) {
      for (String name : chosen.backends()) {
        try (Backend backend = chosen.open(name)) {
          note(backend.description());
          for (String model : chosen.models()) {
            for (int batch : chosen.batches(BATCHES)) {
              measure(chosen, ceilings, backend, model, batch, results);
            }
          }
        }
      }
    }
  }

  private static void measure(
      BenchOptions chosen,
      Ceilings ceilings,
      Backend backend,
      String model,
      int batch,
      Results results) {
    try (TensorArena arena = backend.arena("operands", Long.MAX_VALUE)) {
      for (OpCase op : OpCases.of(backend, arena, DeiTConfig.named(model), batch)) {
        Cost cost = op.observed(backend).cost();
        Contender contender =
            Contender.of(backend.name(), () -> op.call().accept(backend), backend::synchronize);
        Samples time = Contest.run(chosen.effort(), List.of(contender)).getFirst();
        results.add(row(Roof.of(ceilings, backend), backend.name(), model, batch, op, cost, time));
      }
    }
  }

  private static Row row(
      Roof roof, String backend, String model, int batch, OpCase op, Cost cost, Samples time) {
    Double gflops = cost.gflops(time.median());
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("part", op.part());
    more.put("gigabytes_per_second", cost.gigabytesPerSecond(time.median()));
    more.put("roofline_fraction", roof.shareOfRoofline(cost, time.median()));
    return new Row(
        "op",
        backend,
        model,
        op.op(),
        batch,
        op.sizes(),
        roof.threads(),
        time,
        gflops,
        null,
        roof.shareOfPeak(gflops),
        more);
  }

  private static Object[] line(Row row) {
    return new Object[] {
      row.backend(),
      row.model(),
      row.op(),
      row.more().get("part"),
      row.batch(),
      row.shape().toString().replaceAll("[\\[\\]]", ""),
      row.time().median(),
      row.time().best(),
      row.gflops(),
      row.more().get("gigabytes_per_second"),
      row.more().get("roofline_fraction")
    };
  }
}
