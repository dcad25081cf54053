package io.github.deit4j.bench.jmh;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.kernel.KernelFamily;
import io.github.deit4j.cpu.kernel.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
import org.openjdk.jmh.annotations.Warmup;

/** A kernel's own case alone on one thread, by the scalar kernels or the best. */
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
public class KernelBenchmark {
  /** {@code scalar} for the reference kernels, or {@code cpu}. */
  @Param("cpu")
  public String backend;

  /** The case's name. */
  @Param("layerNorm")
  public String op;

  /** Rows, tokens or pixels. */
  @Param("198")
  public int rows;

  /** Columns or channels. */
  @Param("64")
  public int width;

  private final SplittableRandom random = new SplittableRandom(1);
  private Runnable call;

  /** Makes the operands. */
  @Setup
  public void open() {
    Kernels kernels = backend.equals("scalar") ? Kernels.scalar() : Kernels.best();
    List<Runnable> found =
        KernelFamily.ALL.stream().flatMap(family -> named(family, kernels)).toList();
    if (found.isEmpty()) {
      throw new IllegalArgumentException("kernel benchmark: no kernel has a case " + op);
    }
    call = found.getFirst();
  }

  private <K> Stream<Runnable> named(KernelFamily<K> family, Kernels kernels) {
    List<KernelCase<K>> cases = family.cases().of(rows, width, random);
    return cases.stream()
        .filter(each -> each.name().equals(op))
        .map(
            each ->
                each.on(
                    family.of().apply(kernels),
                    this::numbers,
                    n -> numbers(n).toArray(JAVA_FLOAT)));
  }

  private MemorySegment numbers(long count) {
    MemorySegment numbers = Arena.ofAuto().allocate(4 * count, 64);
    for (long i = 0; i < count; i++) {
      numbers.setAtIndex(JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    return numbers;
  }

  /** One call. */
  @Benchmark
  public void call() {
    call.run();
  }
}
