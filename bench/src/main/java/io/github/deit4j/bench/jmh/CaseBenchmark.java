package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.OpCase;
import io.github.deit4j.bench.OpTwins;
import io.github.deit4j.bench.Workload;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import java.util.Optional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * An op alone, the same operands in every call: by a backend, or by a library's twin of it if the
 * parameter {@code backend} names one.
 */
public abstract class CaseBenchmark extends BackendBenchmark {
  /** Images. */
  @Param({"1", "8"})
  public int batch;

  private Runnable work;
  private Workload twin;
  private Cost cost;

  /** Makes the operands. */
  abstract OpCase choose();

  @Override
  Backend select() {
    return OpTwins.named(backend).isPresent()
        ? Backends.select("cpu", threads).backend()
        : super.select();
  }

  @Override
  void prepare() throws Exception {
    OpCase chosen = choose();
    work = () -> chosen.call().accept(ops);
    Optional<OpTwins> twins = OpTwins.named(backend);
    if (twins.isPresent()) {
      twin = twins.get().openChecked(chosen, ops, threads);
      work = twin;
    }
    cost = chosen.observed(ops).cost();
  }

  /** Frees what a twin has taken. */
  @TearDown
  public void closeTwin() {
    if (twin != null) {
      twin.close();
    }
  }

  /** One call. */
  @Benchmark
  public void call(Work done) {
    work.run();
    done.add(cost);
  }
}
