package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Row;
import io.github.deit4j.bench.measure.Table.Column;
import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.cpu.gemm.OpenBlasGemm;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.DeviceException;
import java.util.List;
import picocli.CommandLine.Command;

/** Measures the matrix products of the linear layers. */
@Command(
    name = "gemm",
    description =
        "Measures the matrix products of a block's linear layers, forward and backward: those of the"
            + " host's processor in turns with OpenBLAS's, and those of devices.")
final class GemmCommand extends Measuring {
  private static final List<Integer> BATCHES = List.of(1, 8, 32);

  private static final List<Column> COLUMNS =
      List.of(
          Column.text("backend", 8),
          Column.text("model", 31),
          Column.text("layer", 5),
          Column.text("op", 15),
          Column.text("weights", 9),
          Column.number("batch", 0),
          Column.text("m, n, k", 18),
          Column.number("median ms", 3),
          Column.number("best ms", 3),
          Column.number("GFLOP/s", 1),
          Column.number("of peak", 3),
          Column.number("× OpenBLAS", 3));

  GemmCommand() {}

  @Override
  void measure(BenchOptions chosen, Ceilings ceilings) {
    List<GemmCase> products = GemmCase.all(chosen.models(), chosen.batches(BATCHES));
    try (Results results = new Results(COLUMNS, GemmCommand::line)) {
      if (!chosen.hostBackends().isEmpty()) {
        measureHost(chosen, ceilings, products, results);
      }
      for (String name : chosen.deviceBackends()) {
        try (Backend backend = chosen.open(name)) {
          note(backend.description());
          var bench = new DeviceGemmBench(backend, chosen.effort(), ceilings.threads());
          products.forEach(product -> results.add(bench.measure(product)));
        }
      }
    }
  }

  private void measureHost(
      BenchOptions chosen, Ceilings ceilings, List<GemmCase> products, Results results) {
    try (GemmBench bench = new GemmBench(ceilings, chosen.effort(), openBlas(chosen))) {
      for (GemmCase product : products) {
        bench.measure(product, chosen.hostBackends(), results::add);
      }
    }
  }

  /** Returns OpenBLAS, or null, having said why it is not there. */
  private OpenBlasGemm openBlas(BenchOptions chosen) {
    LoadReport report = NativeLibraries.openBlas();
    if (report.place().isPresent()) {
      OpenBlasGemm gemm = new OpenBlasGemm(Kernels.best().gemm());
      note("compared with " + gemm.description());
      return gemm;
    }
    if (chosen.backends().stream().anyMatch(Devices::hasOwnProductsOnly)) {
      throw new DeviceException("backend openblas: " + report);
    }
    note("ratio_to_openblas is null: " + report);
    return null;
  }

  private static Object[] line(Row row) {
    boolean prepacked = row.more().get("prepacked").equals(true);
    return new Object[] {
      row.backend(),
      row.model(),
      row.more().get("layer"),
      row.op(),
      prepacked ? "prepacked" : "plain",
      row.batch(),
      row.shape().toString().replaceAll("[\\[\\]]", ""),
      row.time().median(),
      row.time().best(),
      row.gflops(),
      row.peakFraction(),
      row.more().get("ratio_to_openblas")
    };
  }
}
