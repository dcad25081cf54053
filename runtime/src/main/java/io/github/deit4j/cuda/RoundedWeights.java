package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Region;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Weights and biases rounded to BF16, beside the float32 ones that an optimizer works on. A weight
 * that a product has asked for is kept until its memory is freed. When it has changed, which ops
 * say that change weights, it is rounded again at its next use, and with it all others that have
 * changed: one launch in a training step.
 */
final class RoundedWeights {
  private final Launcher cuda;
  private final TensorArena arena;

  /** By address; none overlaps another. */
  private final NavigableMap<Long, Rounded> all = new TreeMap<>();

  /** What freed weights have left, by size. */
  private final Map<Long, Deque<Tensor>> free = new HashMap<>();

  /** What is kept of the float32 numbers at an address. */
  private static final class Rounded {
    final long address;
    final Tensor numbers;
    boolean stale = true;

    Rounded(long address, Tensor numbers) {
      this.address = address;
      this.numbers = numbers;
    }

    long bytes() {
      return numbers.elements() * DType.F32.bytes();
    }

    boolean overlaps(long start, long end) {
      return address < end && start < address + bytes();
    }
  }

  RoundedWeights(Launcher cuda) {
    this.cuda = cuda;
    this.arena = cuda.context().arena("rounded", Long.MAX_VALUE);
  }

  /** Returns a float32 weight's numbers in BF16, in its shape. */
  Tensor of(Tensor weight) {
    long address = weight.address(cuda.context().device());
    Rounded found = all.get(address);
    if (found == null || found.numbers.elements() != weight.elements()) {
      free(memory(weight));
      found = new Rounded(address, allocate(weight.elements()));
      all.put(address, found);
    }
    if (found.stale) {
      roundStale();
    }
    return found.numbers.reshape(weight.shape().sizes());
  }

  private Tensor allocate(long elements) {
    Deque<Tensor> left = free.get(elements);
    return left == null || left.isEmpty()
        ? arena.allocate(DType.BF16, Shape.of(Math.toIntExact(elements)))
        : left.pop();
  }

  private void roundStale() {
    List<Rounded> stale = all.values().stream().filter(each -> each.stale).toList();
    String device = cuda.context().device();
    long[] words = new long[4 * stale.size()];
    int rows = stale.size();
    long part = 0;
    for (int row = 0; row < rows; row++) {
      Rounded each = stale.get(row);
      words[row] = each.address;
      words[rows + row] = each.numbers.address(device);
      words[2 * rows + row] = each.numbers.elements();
      words[3 * rows + row] = part;
      part += Math.ceilDiv(each.numbers.elements(), (long) TensorTable.PART);
    }
    if (part > 0) {
      Tensor table = cuda.onDevice(DType.I64, MemorySegment.ofArray(words));
      Grid grid = Grid.of(part, Launcher.THREADS);
      cuda.bfloat16.launch("toBfloat16All", grid, table, rows);
    }
    stale.forEach(each -> each.stale = false);
  }

  private Region.Device memory(Tensor x) {
    String device = cuda.context().device();
    return new Region.Device(device, x.address(device), x.elements() * x.dtype().bytes());
  }

  /** Says that a tensor is about to change. */
  void change(Tensor changed) {
    if (!all.isEmpty()) {
      change(memory(changed));
    }
  }

  /** Says that memory is about to change. */
  void change(Region.Device changed) {
    overlapping(changed).forEach(each -> each.stale = true);
  }

  /** Says that of nothing it is known whether it was rounded. */
  void changeAll() {
    all.values().forEach(each -> each.stale = true);
  }

  /** Drops what was kept of weights in memory that is about to be freed. */
  void free(Region.Device freed) {
    for (Rounded each : overlapping(freed)) {
      all.remove(each.address);
      free.computeIfAbsent(each.numbers.elements(), _ -> new ArrayDeque<>()).push(each.numbers);
    }
  }

  private Collection<Rounded> overlapping(Region.Device region) {
    long end = region.address() + region.bytes();
    Long first = all.floorKey(region.address());
    return all.subMap(first == null ? region.address() : first, true, end, false).values().stream()
        .filter(each -> each.overlaps(region.address(), end))
        .toList();
  }

  /** Drops all that was kept. */
  void close() {
    all.clear();
    free.clear();
    arena.close();
  }
}
