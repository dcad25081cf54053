package io.github.deit4j.bench.jmh;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts the bytes that an op must read and write, for what is bound by memory. */
@AuxCounters
@State(Scope.Thread)
public class Gigabytes {
  /** The sum so far, which JMH divides by the seconds. */
  public double gbyte;

  void addFloats(double floats) {
    gbyte += floats * Float.BYTES * 1e-9;
  }
}
