package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.measure.Cost;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What the calls have done. JMH divides the sums by the seconds. */
@AuxCounters
@State(Scope.Thread)
public class Counts {
  /** Operations of matrix products, an fma counting two, in 10⁹. */
  public double gflop;

  /** Bytes of the operands, in 10⁹. */
  public double gbyte;

  /** Images that went through a model. */
  public int images;

  void add(Cost cost, int batch) {
    gflop += cost.flop() * 1e-9;
    gbyte += cost.bytes() * 1e-9;
    images += batch;
  }
}
