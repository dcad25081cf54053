package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import java.util.List;

/**
 * What computes.
 *
 * @param backend {@code cpu}, {@code openblas}, {@code cuda:0} or {@code peer:NAME}
 * @param device whether it has memory and ceilings of its own
 */
public record Contestant(String backend, Precision precision, boolean device) {
  /** Our kernels on the host. */
  public static final Contestant CPU = onHost("cpu");

  /** Returns one that works on the host's processor in float32. */
  public static Contestant onHost(String backend) {
    return new Contestant(backend, Precision.FP32, false);
  }

  /** Returns the one that is an open backend. */
  public static Contestant of(Backend backend, Precision precision) {
    return new Contestant(backend.name(), precision, isDevice(backend));
  }

  /** Returns whether the backend has memory of its own, to which images are copied. */
  static boolean isDevice(Backend backend) {
    return Backends.provider(backend.name()).stream()
        .anyMatch(provider -> !provider.capabilities().onHost());
  }

  /** Returns whether all but its matrix products is what our kernels on the host do too. */
  public boolean hasOwnProductsOnly() {
    return Backends.provider(backend).stream()
        .anyMatch(provider -> provider.capabilities().ownProductsOnly());
  }

  /** Opens the backend; the caller closes it. */
  public Backend open(int threads) {
    return Backends.select(backend, threads, precision).backend();
  }

  /** Measures the limits of a device; see {@link Ceilings#ofDevice}. */
  public Ceilings ceilings(int threads, Effort effort, int edge) {
    try (Backend backend = open(threads)) {
      return Ceilings.ofDevice(
          backend,
          precision,
          effort,
          edge,
          (arena, sizes) -> BenchmarkData.tensor(backend, arena, sizes));
    }
  }

  /** Returns whether it is another library, in a process of its own. */
  public boolean isPeer() {
    return backend.startsWith(Peer.PREFIX);
  }

  /** Returns what a measurement of it is about. */
  public Cell cell(
      Section section, String model, String op, int batch, List<Integer> shape, int threads) {
    return new Cell(section, backend, precision, model, op, batch, shape, threads, device);
  }

  /** Returns the name, of a device with the precision. */
  @Override
  public String toString() {
    return device ? backend + " " + precision.key() : backend;
  }
}
