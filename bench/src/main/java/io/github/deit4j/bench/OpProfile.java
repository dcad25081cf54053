package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.op.OpRunner;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How long the ops of some work took, added up by name. Safe for use by many threads. */
final class OpProfile implements OpRunner.Observer {
  /**
   * All calls of one op.
   *
   * @param name the backend's method
   * @param calls how often
   * @param nanos together
   * @param cost together
   */
  record Entry(String name, int calls, long nanos, Cost cost) {
    private Entry plus(Entry other) {
      return new Entry(name, calls + other.calls, nanos + other.nanos, cost.plus(other.cost));
    }

    double milliseconds() {
      return nanos * 1e-6;
    }
  }

  /** Ops may be called from several threads, as when a model is initialised. */
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  OpProfile() {}

  @Override
  public void done(String op, Object[] operands, long nanos) {
    entries.merge(op, new Entry(op, 1, nanos, OpCost.of(op, operands)), Entry::plus);
  }

  void clear() {
    entries.clear();
  }

  OpProfile copy() {
    OpProfile copy = new OpProfile();
    copy.entries.putAll(entries);
    return copy;
  }

  /** Returns the ops, the longest first. */
  List<Entry> entries() {
    return entries.values().stream()
        .sorted(Comparator.comparingLong(Entry::nanos).reversed())
        .toList();
  }

  /** Returns the time of all ops together. */
  double milliseconds() {
    return entries.values().stream().mapToDouble(Entry::milliseconds).sum();
  }
}
