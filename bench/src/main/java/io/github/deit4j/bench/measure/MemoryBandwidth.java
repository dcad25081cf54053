package io.github.deit4j.bench.measure;

import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What memory delivers, by two of STREAM's loops (McCalpin 1995) on arrays far beyond the caches,
 * counted as there: what is read and what is written, not what the caches fetch besides.
 */
final class MemoryBandwidth implements AutoCloseable {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int STRIDE = 4 * SPECIES.length();

  /** Bytes of a task: whole vectors, and enough to pay for handing it out. */
  private static final long GRAIN = 1 << 20;

  private final Workers workers;
  private final Effort effort;
  private final long bytes;
  private final TensorArena arena;
  private final MemorySegment a;
  private final MemorySegment b;
  private final MemorySegment c;

  /** Allocates and touches three arrays. */
  MemoryBandwidth(Workers workers, Effort effort) {
    this.workers = workers;
    this.effort = effort;
    this.bytes = effort.streamBytes() / GRAIN * GRAIN;
    this.arena = new TensorArena("bandwidth", Long.MAX_VALUE, new HostMemory());
    this.a = array();
    this.b = array();
    this.c = array();
  }

  private MemorySegment array() {
    MemorySegment array = arena.allocate(Math.toIntExact(bytes / 4)).segment();
    workers.runRanges(bytes, GRAIN, (from, to) -> array.asSlice(from, to - from).fill((byte) 0));
    return array;
  }

  /** Returns GB/s of {@code a = b}. */
  double copy() {
    return best(2, (from, to) -> MemorySegment.copy(b, from, a, from, to - from));
  }

  /** Returns GB/s of {@code a = b + s·c}. */
  double triad() {
    return best(3, (from, to) -> triad(a, b, c, from, to));
  }

  private double best(int arrays, Workers.RangeTask task) {
    Contender pass = Contender.of("stream", () -> workers.runRanges(bytes, GRAIN, task));
    return arrays * bytes / Contest.run(effort, List.of(pass)).getFirst().best() * 1e-6;
  }

  private static void triad(MemorySegment a, MemorySegment b, MemorySegment c, long from, long to) {
    FloatVector s = FloatVector.broadcast(SPECIES, 3f);
    ByteOrder order = ByteOrder.nativeOrder();
    for (long at = from; at < to; at += STRIDE) {
      FloatVector x = FloatVector.fromMemorySegment(SPECIES, b, at, order);
      FloatVector y = FloatVector.fromMemorySegment(SPECIES, c, at, order);
      y.fma(s, x).intoMemorySegment(a, at, order);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
