package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.bench.measure.Row;
import io.github.deit4j.bench.measure.Samples;
import io.github.deit4j.device.Backend;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Whole models on our backends, in turns with the peers. */
final class ModelBench {
  private final Ceilings ceilings;
  private final Effort effort;
  private final List<Backend> backends;
  private final PeerLauncher peers;
  private final Consumer<String> notes;
  private final Set<String> told = new HashSet<>();

  /**
   * Creates the benchmark.
   *
   * @param backends the first is the one that peers are compared with
   * @param peers null where none is asked for
   * @param notes hears how the peers are configured
   */
  ModelBench(
      Ceilings ceilings,
      Effort effort,
      List<Backend> backends,
      PeerLauncher peers,
      Consumer<String> notes) {
    this.ceilings = ceilings;
    this.effort = effort;
    this.backends = backends;
    this.peers = peers;
    this.notes = notes;
  }

  /** Measures one case and hands over a row for each contender. */
  void measure(ModelCase model, Consumer<Row> rows) {
    List<AutoCloseable> open = new ArrayList<>();
    try {
      List<Contender> contenders = new ArrayList<>();
      float[] expected = null;
      for (Backend backend : backends) {
        Workload workload = model.open(backend);
        open.add(workload);
        float[] numbers = workload.check();
        expected = expected == null ? numbers : expected;
        contenders.add(Contender.of(backend.name(), workload));
      }
      for (Peer peer : peers == null ? List.<Peer>of() : Peer.of(model.mode())) {
        PeerProcess process = peers.start(peer, model, ceilings.threads());
        open.add(process);
        tell(process.name() + ": " + process.configuration());
        process.requireSameResults(expected);
        contenders.add(process);
      }
      List<Samples> samples = Contest.run(effort, contenders);
      for (int i = 0; i < samples.size(); i++) {
        double ratio = samples.getFirst().speedupOver(samples.get(i));
        rows.accept(row(model, contenders.get(i).name(), samples.get(i), ratio));
      }
    } finally {
      open.reversed().forEach(ModelBench::close);
    }
  }

  private void tell(String note) {
    if (told.add(note)) {
      notes.accept(note);
    }
  }

  private static void close(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      throw new IllegalStateException("cannot close " + closeable, e);
    }
  }

  private Row row(ModelCase model, String backend, Samples time, double ratio) {
    double gflops = model.flop() / time.median() * 1e-6;
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("first_backend_speedup", ratio);
    return new Row(
        model.mode().id(),
        backend,
        model.model(),
        null,
        model.batch(),
        model.shape(),
        ceilings.threads(),
        time,
        gflops,
        model.batch() / time.median() * 1e3,
        // The ceiling is the processor's.
        Devices.isDevice(backend) ? null : ceilings.shareOfPeak(gflops),
        more);
  }
}
