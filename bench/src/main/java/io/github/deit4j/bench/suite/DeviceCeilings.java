package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.RandomNumbers;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The limits of a device as a backend can reach them: arithmetic in one large product, memory in an
 * addition of large tensors, and copies from and to the host's heap.
 */
final class DeviceCeilings {
  private static final int FLOAT = Float.BYTES;

  private final Effort effort;
  private final int edge;

  /**
   * Creates the measurement.
   *
   * @param edge rows and columns of the product
   */
  DeviceCeilings(Effort effort, int edge) {
    this.effort = effort;
    this.edge = edge;
  }

  /** Measures; memory and transfers only for {@link Precision#FP32}, as they depend on none. */
  List<Ceiling> measure(Backend backend, Precision precision) {
    List<Ceiling> found = new ArrayList<>();
    try (TensorArena arena = backend.arena("ceilings", Long.MAX_VALUE)) {
      found.add(
          new Ceiling(
              backend.name(), Ceiling.Kind.ARITHMETIC, precision, 1, product(backend, arena)));
      if (precision == Precision.FP32) {
        found.addAll(traffic(backend, arena));
      }
    }
    return found;
  }

  private double product(Backend backend, TensorArena arena) {
    Tensor x = RandomNumbers.tensor(backend, arena, edge, edge);
    Tensor w = RandomNumbers.tensor(backend, arena, edge, edge);
    Tensor bias = RandomNumbers.tensor(backend, arena, edge);
    Tensor y = arena.allocate(edge, edge);
    double flop = 2.0 * edge * edge * edge;
    return flop / best(backend, y, () -> backend.linear().linear(y, x, w, bias)) * 1e-6;
  }

  private List<Ceiling> traffic(Backend backend, TensorArena arena) {
    int count = Math.toIntExact(effort.streamBytes() / FLOAT);
    Tensor a = RandomNumbers.tensor(backend, arena, count);
    Tensor b = RandomNumbers.tensor(backend, arena, count);
    Tensor y = arena.allocate(count);
    MemorySegment host = MemorySegment.ofArray(new float[count]);
    double bytes = (double) FLOAT * count;
    double add = best(backend, y, () -> backend.elementwise().add(y, a, b));
    double up = best(backend, y, () -> backend.write(y, host));
    double down = best(backend, y, () -> backend.read(host, y));
    return List.of(
        gigabytes(backend, Ceiling.Kind.MEMORY, 3 * bytes / add),
        gigabytes(backend, Ceiling.Kind.UPLOAD, bytes / up),
        gigabytes(backend, Ceiling.Kind.DOWNLOAD, bytes / down));
  }

  private static Ceiling gigabytes(Backend backend, Ceiling.Kind kind, double bytesPerMillisecond) {
    return new Ceiling(backend.name(), kind, Precision.FP32, 1, bytesPerMillisecond * 1e-6);
  }

  /** Returns the shortest time in milliseconds. */
  private double best(Backend backend, Tensor result, Runnable work) {
    Contender contender = Contender.of(backend.name(), work, await(backend, result));
    return Contest.run(effort, List.of(contender)).getFirst().best();
  }

  /** Returns what waits for the device: it hands over one number that was computed last. */
  static Runnable await(Backend backend, Tensor result) {
    Tensor number = result.reshape((int) result.elements()).slice(0, 1);
    MemorySegment host = MemorySegment.ofArray(new float[1]);
    return () -> backend.read(host, number);
  }
}
