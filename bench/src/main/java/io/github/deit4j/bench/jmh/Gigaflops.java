package io.github.deit4j.bench.jmh;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts the floating-point operations of what is bound by arithmetic. */
@AuxCounters
@State(Scope.Thread)
public class Gigaflops {
  /** The sum so far, which JMH divides by the seconds. An fma counts as two operations. */
  public double gflop;

  void add(double flop) {
    gflop += flop * 1e-9;
  }
}
