package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.OpCases;
import io.github.deit4j.bench.cases.ReferenceLibrary;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.tensor.TensorArena;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * An op alone, the same operands in every call. A JVM of its own for each combination of parameters
 * sees one set of kernels, as a program does.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgs = {
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow",
      "-XX:+UseSerialGC"
    })
public class OpBenchmark {
  /** The part of the model where the op stands, and the op; a wrong name is told the right ones. */
  @Param("fc1/linear")
  public String op;

  /** The model whose sizes are taken: of a DeiT its ops, of a RegNetY those of convolutions. */
  @Param("deit_small_distilled_patch16_224")
  public String model;

  /** The part of a RegNetY, from 1: each has half the rows and columns of the one before. */
  @Param("3")
  public int stage;

  /** Images. */
  @Param("8")
  public int batch;

  /** A backend, {@code scalar} for the reference kernels, or another library. */
  @Param("cpu")
  public String backend;

  /** Threads that share an op. */
  @Param("1")
  public int threads;

  private Backend ops;
  private TensorArena arena;
  private OpCase chosen;
  private Workload reference;

  /** What the calls cost at least, which JMH divides by the seconds. */
  @AuxCounters
  @State(Scope.Thread)
  public static class Work {
    /** Operations of matrix products, an fma counting two, in 10⁹. */
    public double gflop;

    /** Bytes of the operands, in 10⁹. */
    public double gbyte;
  }

  /** Starts the backend and makes the operands. */
  @Setup
  public void open() throws Exception {
    Optional<ReferenceLibrary> library = ReferenceLibrary.named(backend);
    ops =
        backend.equals("scalar")
            ? new CpuBackend(threads, Kernels.scalar())
            : Backends.select(library.isPresent() ? "cpu" : backend, threads).backend();
    arena = ops.arena("benchmark", Long.MAX_VALUE);
    chosen = OpCases.named(ops, arena, BenchmarkModels.config(model), stage, batch, op);
    if (library.isPresent()) {
      reference = library.get().openChecked(chosen, ops, threads);
    }
  }

  /** Ends the backend and frees the operands. */
  @TearDown
  public void close() {
    if (reference != null) {
      reference.close();
    }
    arena.close();
    ops.close();
  }

  /** One call. */
  @Benchmark
  public void call(Work done) {
    if (reference == null) {
      chosen.call().accept(ops);
    } else {
      reference.run();
    }
    done.gflop += chosen.cost().flop() * 1e-9;
    done.gbyte += chosen.cost().bytes() * 1e-9;
  }
}
