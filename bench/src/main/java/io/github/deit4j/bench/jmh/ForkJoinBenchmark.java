package io.github.deit4j.bench.jmh;

import io.github.deit4j.cpu.ThreadTeam;
import java.util.concurrent.TimeUnit;
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

/** What it costs to start and end a parallel region whose tasks do nothing. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
    value = 1,
    jvmArgs = {"--sun-misc-unsafe-memory-access=allow", "-XX:+UseSerialGC"})
public class ForkJoinBenchmark {
  /** Long enough for the team to be parked. */
  private static final long PAUSE_NANOS = 200_000;

  /** Threads that share the tasks. */
  @Param({"1", "2", "4"})
  public int threads;

  /** Tasks of a region. */
  @Param({"2", "16"})
  public int tasks;

  private ThreadTeam team;

  /** Starts the threads. */
  @Setup
  public void open() {
    team = new ThreadTeam(threads);
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    team.close();
  }

  /** One region after the other, as in a forward pass. */
  @Benchmark
  public void spinning() {
    team.run(tasks, (index, scratch) -> {});
  }

  /** A region after 200 µs of serial work, which the time includes: the threads are parked. */
  @Benchmark
  public void parked() {
    long end = System.nanoTime() + PAUSE_NANOS;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    team.run(tasks, (index, scratch) -> {});
  }
}
