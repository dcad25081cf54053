package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.OpCases;
import io.github.deit4j.bench.cases.ReferenceLibrary;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import java.util.Optional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * An op alone, the same operands in every call: by a backend, or by another library if the
 * parameter {@code backend} names one.
 */
public class OpBenchmark extends BackendBenchmark {
  /** The part of the model where the op stands, and the op. */
  @Param("fc1/linear")
  public String op;

  /** The model whose sizes are taken: of a DeiT its ops, of a RegNetY those of convolutions. */
  @Param("deit_small_distilled_patch16_224")
  public String model;

  /** The part of a RegNetY, from 1: each has half the rows and columns of the one before. */
  @Param("3")
  public int stage;

  private Runnable work;
  private Workload reference;
  private Cost cost;

  @Override
  Backend select() {
    return ReferenceLibrary.named(backend).isPresent()
        ? Backends.select("cpu", threads).backend()
        : super.select();
  }

  @Override
  void prepare() throws Exception {
    OpCase chosen = OpCases.named(ops, arena, BenchmarkModels.config(model), stage, batch, op);
    work = () -> chosen.call().accept(ops);
    Optional<ReferenceLibrary> library = ReferenceLibrary.named(backend);
    if (library.isPresent()) {
      reference = library.get().openChecked(chosen, ops, threads);
      work = reference;
    }
    cost = chosen.cost();
  }

  /** Frees what a library has taken. */
  @TearDown
  public void closeReference() {
    if (reference != null) {
      reference.close();
    }
  }

  /** One call. */
  @Benchmark
  public void call(Counts done) {
    work.run();
    done.add(cost, 0);
  }
}
