package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.measure.Cost;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts what the calls of an op cost at least. JMH divides the sums by the seconds. */
@AuxCounters
@State(Scope.Thread)
public class Work {
  /** Operations of matrix products, an fma counting two, in 10⁹. */
  public double gflop;

  /** Bytes of the operands, in 10⁹. */
  public double gbyte;

  void add(Cost cost) {
    gflop += cost.flop() * 1e-9;
    gbyte += cost.bytes() * 1e-9;
  }
}
