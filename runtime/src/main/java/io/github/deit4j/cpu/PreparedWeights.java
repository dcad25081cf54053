package io.github.deit4j.cpu;

import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

/** Weights in a second layout, as long as their tensors live and nobody writes to them. */
final class PreparedWeights {
  private final Map<Tensor, PackedB> packed = Collections.synchronizedMap(new WeakHashMap<>());

  PreparedWeights() {}

  void put(Tensor w, PackedB weight) {
    packed.put(w, weight);
  }

  /** Returns null for a weight that has no second layout. */
  PackedB get(Tensor w) {
    return packed.get(w);
  }

  /** Drops the second layout of every weight that shares memory with a tensor about to change. */
  void forget(Tensor changed) {
    if (!packed.isEmpty()) {
      MemorySegment memory = changed.segment();
      packed.values().removeIf(each -> overlap(each.source().memory(), memory));
    }
  }

  private static boolean overlap(MemorySegment a, MemorySegment b) {
    return a.address() < b.address() + b.byteSize() && b.address() < a.address() + a.byteSize();
  }
}
