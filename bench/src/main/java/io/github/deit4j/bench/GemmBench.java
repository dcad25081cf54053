package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.bench.measure.Row;
import io.github.deit4j.bench.measure.Samples;
import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.cpu.gemm.Gemm;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.OpenBlasGemm;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Our matrix product beside OpenBLAS's, call by call in turns, each on all the threads. */
final class GemmBench implements AutoCloseable {
  private static final String OURS = "cpu";
  private static final String OPENBLAS = "openblas";

  private final Ceilings ceilings;
  private final Effort effort;
  private final Gemm ours = Kernels.best().gemm();
  private final OpenBlasGemm openBlas;
  private final ThreadTeam team;

  /**
   * Starts the threads.
   *
   * @param openBlas null where it is not there
   */
  GemmBench(Ceilings ceilings, Effort effort, OpenBlasGemm openBlas) {
    this.ceilings = ceilings;
    this.effort = effort;
    this.openBlas = openBlas;
    this.team = new ThreadTeam(ceilings.threads());
  }

  /** Measures one case and hands over its rows: of our product as it is, prepacked, OpenBLAS's. */
  void measure(GemmCase product, List<String> backends, Consumer<Row> rows) {
    try (TensorArena arena = new TensorArena("products", Long.MAX_VALUE, new HostMemory())) {
      GemmOperands operands = GemmOperands.of(product, arena);
      List<Contender> contenders = new ArrayList<>();
      contenders.add(Contender.of(OURS, () -> operands.multiply(ours, team)));
      if (openBlas != null) {
        contenders.add(Contender.of(OPENBLAS, () -> operands.multiply(openBlas, team)));
      }
      if (hasPackedWeights(product)) {
        PackedB packed = ours.pack(team, operands.b());
        contenders.add(Contender.of(OURS, () -> operands.multiply(ours, team, packed)));
      }
      List<Samples> samples = Contest.run(effort, contenders);
      Samples theirs = openBlas == null ? null : samples.get(1);
      if (!backends.stream().allMatch(Devices::hasOwnProductsOnly)) {
        Samples mine = samples.getFirst();
        rows.accept(
            plainRow(product, OURS, mine, theirs == null ? null : mine.speedupOver(theirs)));
        if (hasPackedWeights(product)) {
          rows.accept(prepackedRow(product, samples.getLast()));
        }
      }
      if (backends.stream().anyMatch(Devices::hasOwnProductsOnly)) {
        rows.accept(plainRow(product, OPENBLAS, theirs, null));
      }
    }
  }

  /** Only a model that is not trained keeps its weights packed, and it goes forward only. */
  private static boolean hasPackedWeights(GemmCase product) {
    return product.pass() == GemmCase.Pass.FORWARD;
  }

  private Row plainRow(GemmCase product, String backend, Samples time, Double ratio) {
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("layer", product.layer().id());
    more.put("prepacked", false);
    more.put("ratio_to_openblas", ratio);
    return row(product, backend, time, more);
  }

  private Row prepackedRow(GemmCase product, Samples time) {
    return row(
        product,
        OURS,
        time,
        new LinkedHashMap<>(Map.of("layer", product.layer().id(), "prepacked", true)));
  }

  private Row row(GemmCase product, String backend, Samples time, Map<String, Object> more) {
    double gflops = product.flop() / time.median() * 1e-6;
    return new Row(
        "gemm",
        backend,
        product.model(),
        product.pass().id(),
        product.batch(),
        product.shape(),
        ceilings.threads(),
        time,
        gflops,
        null,
        ceilings.shareOfPeak(gflops),
        more);
  }

  @Override
  public void close() {
    team.close();
  }
}
