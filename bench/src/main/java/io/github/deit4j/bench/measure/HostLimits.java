package io.github.deit4j.bench.measure;

import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.core.Workers.Task;
import io.github.deit4j.cpu.emit.Bf16Peak;
import io.github.deit4j.cpu.emit.Processor;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The loops that show what the host's processors and its memory can do. */
final class HostLimits {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /**
   * Chains of multiply-adds that do not wait for each other: more than latency times units of any
   * processor that we know (4 × 2), and few enough for 16 registers.
   */
  private static final int CHAINS = 12;

  private static final int STEPS = 2_000;

  /** Short calls, and many in a task: the compiler counts calls. */
  private static final int CALLS = 20;

  /** Several for each thread, so that one that starts late does fewer. */
  private static final int TASKS_PER_THREAD = 8;

  /** However little time a number may take, the loop has to be compiled first. */
  private static final Effort UNTIL_COMPILED = Effort.of(1, 1, 0, 400, 0);

  /** Bytes of a task: whole vectors, and enough to pay for handing it out. */
  private static final long GRAIN = 1 << 20;

  private static boolean compiled;

  private HostLimits() {}

  /** Returns float32 GFLOP/s of all workers together, an fma counting two. */
  static synchronized double fmaGflops(Workers workers, Effort effort) {
    if (!compiled) {
      compiled = true;
      fmaGflops(Workers.SERIAL, UNTIL_COMPILED);
    }
    int tasks = workers.threads() == 1 ? 1 : TASKS_PER_THREAD * workers.threads();
    float[] sink = new float[tasks];
    double flop = 2.0 * CHAINS * STEPS * SPECIES.length() * CALLS * tasks;
    return flop / best(effort, () -> workers.run(tasks, (index, _) -> sink[index] = task())) * 1e-6;
  }

  /**
   * The same of BF16: where the processor cannot multiply it, of float32, which takes its place.
   */
  static double bf16Gflops(Workers workers, Effort effort) {
    if (Processor.withoutBf16().isPresent()) {
      return fmaGflops(workers, effort);
    }
    int tasks = TASKS_PER_THREAD * workers.threads();
    Task task =
        (index, _) -> {
          for (int call = 0; call < CALLS; call++) {
            Bf16Peak.run();
          }
        };
    double flop = Bf16Peak.FLOP * CALLS * tasks;
    return flop / best(effort, () -> workers.run(tasks, task)) * 1e-6;
  }

  private static double best(Effort effort, Runnable loop) {
    return Contest.run(effort, List.of(Contender.of(loop))).getFirst().best();
  }

  private static float task() {
    float sum = 0;
    for (int call = 0; call < CALLS; call++) {
      sum += chains(call);
    }
    return sum;
  }

  /** The numbers tend to 1: no infinity, no denormal. */
  private static float chains(float start) {
    FloatVector m = FloatVector.broadcast(SPECIES, 0.5f);
    FloatVector a = FloatVector.broadcast(SPECIES, start);
    FloatVector b = FloatVector.broadcast(SPECIES, start + 1);
    FloatVector c = FloatVector.broadcast(SPECIES, start + 2);
    FloatVector d = FloatVector.broadcast(SPECIES, start + 3);
    FloatVector e = FloatVector.broadcast(SPECIES, start + 4);
    FloatVector f = FloatVector.broadcast(SPECIES, start + 5);
    FloatVector g = FloatVector.broadcast(SPECIES, start + 6);
    FloatVector h = FloatVector.broadcast(SPECIES, start + 7);
    FloatVector i = FloatVector.broadcast(SPECIES, start + 8);
    FloatVector j = FloatVector.broadcast(SPECIES, start + 9);
    FloatVector k = FloatVector.broadcast(SPECIES, start + 10);
    FloatVector l = FloatVector.broadcast(SPECIES, start + 11);
    for (int step = 0; step < STEPS; step++) {
      a = a.fma(m, m);
      b = b.fma(m, m);
      c = c.fma(m, m);
      d = d.fma(m, m);
      e = e.fma(m, m);
      f = f.fma(m, m);
      g = g.fma(m, m);
      h = h.fma(m, m);
      i = i.fma(m, m);
      j = j.fma(m, m);
      k = k.fma(m, m);
      l = l.fma(m, m);
    }
    return a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k).add(l).lane(0);
  }

  /**
   * Returns the better of two of STREAM's loops (McCalpin 1995), copy and triad, in GB/s, on arrays
   * far beyond the caches, counted as there: what is read and what is written.
   */
  static double bandwidth(Workers workers, Effort effort) {
    long bytes = effort.streamBytes() / GRAIN * GRAIN;
    try (TensorArena arena = new TensorArena("bandwidth", Long.MAX_VALUE, new HostMemory())) {
      MemorySegment a = array(arena, workers, bytes);
      MemorySegment b = array(arena, workers, bytes);
      MemorySegment c = array(arena, workers, bytes);
      Workers.RangeTask copy = (from, to) -> MemorySegment.copy(b, from, a, from, to - from);
      Workers.RangeTask triad = (from, to) -> triad(a, b, c, from, to);
      return 1e-6
          * bytes
          * Math.max(
              2 / best(effort, () -> workers.runRanges(bytes, GRAIN, copy)),
              3 / best(effort, () -> workers.runRanges(bytes, GRAIN, triad)));
    }
  }

  /** Returns an array whose pages are touched by those who will use them. */
  private static MemorySegment array(TensorArena arena, Workers workers, long bytes) {
    MemorySegment array = arena.allocate(Math.toIntExact(bytes / 4)).segment();
    workers.runRanges(bytes, GRAIN, (from, to) -> array.asSlice(from, to - from).fill((byte) 0));
    return array;
  }

  private static void triad(MemorySegment a, MemorySegment b, MemorySegment c, long from, long to) {
    FloatVector s = FloatVector.broadcast(SPECIES, 3f);
    ByteOrder order = ByteOrder.nativeOrder();
    for (long at = from; at < to; at += 4L * SPECIES.length()) {
      FloatVector x = FloatVector.fromMemorySegment(SPECIES, b, at, order);
      FloatVector y = FloatVector.fromMemorySegment(SPECIES, c, at, order);
      y.fma(s, x).intoMemorySegment(a, at, order);
    }
  }
}
