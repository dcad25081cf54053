package io.github.deit4j.bench.jmh;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.tensor.TensorArena;
import java.util.concurrent.TimeUnit;
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
 * What all benchmarks share: a backend and its memory. A JVM of its own for each combination of
 * parameters sees one set of kernels, as a program does.
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
public abstract class BackendBenchmark {
  /** {@code scalar} for the reference kernels, or what {@code Backends} knows. */
  @Param("cpu")
  public String backend;

  /** Threads that share an op. */
  @Param("1")
  public int threads;

  /** Images. */
  @Param("8")
  public int batch;

  Backend ops;
  TensorArena arena;

  /** Starts the backend and makes the operands. */
  @Setup
  public void open() throws Exception {
    ops = select();
    arena = ops.arena("benchmark", Long.MAX_VALUE);
    prepare();
  }

  Backend select() {
    return backend.equals("scalar")
        ? new CpuBackend(threads, Kernels.scalar())
        : Backends.select(backend, threads).backend();
  }

  /** Makes the operands, once. */
  abstract void prepare() throws Exception;

  /** Ends the backend and frees the operands. */
  @TearDown
  public void close() {
    arena.close();
    ops.close();
  }
}
