package io.github.deit4j.bench.measure;

import io.github.deit4j.cpu.core.Workers;
import java.time.Duration;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The most multiply-adds that the processor does: twelve chains that do not wait for each other,
 * more than latency times units of any processor that we know (4 × 2), and few enough for 16
 * registers.
 */
final class FmaPeak {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int CHAINS = 12;
  private static final int STEPS = 2_000;

  /** Short calls, and many in a task: the compiler counts calls. */
  private static final int CALLS = 20;

  /** Several for each thread, so that one that starts late does fewer. */
  private static final int TASKS_PER_THREAD = 8;

  /** However little time a number may take, the loop has to be compiled first. */
  private static final Effort UNTIL_COMPILED =
      new Effort(1, Duration.ofMillis(1), Duration.ZERO, Duration.ofMillis(400), 0);

  private static boolean compiled;

  private FmaPeak() {}

  /** Returns float32 GFLOP/s of all workers together, an fma counting two. */
  static synchronized double gflops(Workers workers, Effort effort) {
    if (!compiled) {
      measure(Workers.SERIAL, UNTIL_COMPILED);
      compiled = true;
    }
    return measure(workers, effort);
  }

  private static double measure(Workers workers, Effort effort) {
    int tasks = workers.threads() == 1 ? 1 : TASKS_PER_THREAD * workers.threads();
    float[] sink = new float[tasks];
    Contender loop =
        Contender.of("fma", () -> workers.run(tasks, (index, scratch) -> sink[index] = task()));
    Samples samples = Contest.run(effort, List.of(loop)).getFirst();
    double flop = 2.0 * CHAINS * STEPS * SPECIES.length() * CALLS * tasks;
    return flop / samples.best() * 1e-6;
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
}
