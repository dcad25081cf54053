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

/**
 * A kernel's own case alone on one thread. A JVM of its own for each combination of parameters sees
 * one set of kernels, as a program does.
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
public class KernelBenchmark {
  /** {@code scalar} for the reference kernels, else the best for this processor. */
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
    Kernels chosen = backend.equals("scalar") ? Kernels.scalar() : Kernels.best();
    call =
        KernelFamily.ALL.stream()
            .flatMap(family -> named(family, chosen))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no kernel has a case " + op));
  }

  private <K> Stream<Runnable> named(KernelFamily<K> family, Kernels chosen) {
    List<KernelCase<K>> cases = family.cases().of(rows, width, random);
    return cases.stream()
        .filter(each -> each.name().equals(op))
        .map(each -> each.on(family.of().apply(chosen), this::numbers, this::array));
  }

  private float[] array(int count) {
    return numbers(count).toArray(JAVA_FLOAT);
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
