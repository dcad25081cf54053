package io.github.deit4j.bench.jmh;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts images. */
@AuxCounters
@State(Scope.Thread)
public class Images {
  /** The sum so far, which JMH divides by the seconds. */
  public int images;
}
