package io.github.deit4j.bench.measure;

import io.github.deit4j.bench.measure.Ceiling.Kind;
import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.BiFunction;

/** What the hardware can do at most, as far as it was measured. */
public record Ceilings(List<Ceiling> all) {
  /** Nothing is known. */
  public static final Ceilings NONE = new Ceilings(List.of());

  /** By the backend of this name the host's limits are known. */
  private static final String HOST = "cpu";

  /**
   * The roof of the roofline model (Williams et al. 2009).
   *
   * @param gflops float32 multiply-adds, 10⁹ operations a second; NaN where not measured
   * @param bandwidth GB/s read and written; NaN where not measured
   */
  public record Roof(double gflops, double bandwidth) {
    /** Returns the share of the arithmetic peak; null without products, or where not known. */
    public Double shareOfPeak(Cost cost, double milliseconds) {
      return known(cost.flop() * 1e-6 / milliseconds / gflops);
    }

    /**
     * Returns the share of the roofline: the least time that arithmetic and memory traffic need,
     * over the time taken; null where it is not known. Above 1 where operands come from the caches.
     */
    public Double shareOfRoofline(Cost cost, double milliseconds) {
      return known(Math.max(cost.flop() / gflops, cost.bytes() / bandwidth) * 1e-6 / milliseconds);
    }

    private static Double known(double share) {
      return share > 0 ? Double.valueOf(share) : null;
    }
  }

  /** Returns the roof under which a cell was computed. */
  public Roof roof(Cell cell) {
    String backend = cell.device() ? cell.backend() : HOST;
    int threads = cell.device() ? 1 : cell.threads();
    return new Roof(
        value(backend, Kind.ARITHMETIC, cell.precision(), threads).orElse(Double.NaN),
        value(backend, Kind.MEMORY, Precision.FP32, threads).orElse(Double.NaN));
  }

  private OptionalDouble value(String backend, Kind kind, Precision precision, int threads) {
    return all.stream()
        .filter(each -> each.withValue(0).equals(new Ceiling(backend, kind, precision, threads, 0)))
        .mapToDouble(Ceiling::value)
        .findFirst();
  }

  /** Measures the host with the given number of threads. */
  public static Ceilings ofHost(int threads, Effort effort) {
    try (ThreadTeam team = new ThreadTeam(threads)) {
      return new Ceilings(
          List.of(
              host(Kind.ARITHMETIC, threads, HostLimits.fmaGflops(team, effort)),
              host(Kind.MEMORY, threads, HostLimits.bandwidth(team, effort))));
    }
  }

  private static Ceiling host(Kind kind, int threads, double value) {
    return new Ceiling(HOST, kind, Precision.FP32, threads, value);
  }

  /**
   * Measures a device as a backend can reach its limits: arithmetic in one large product, memory in
   * an addition of large tensors, and copies from and to the host's heap. Memory and copies only
   * for {@link Precision#FP32}, as they depend on none.
   *
   * @param edge rows and columns of the product
   * @param tensors makes tensors with numbers in them in an arena, of the given sizes
   */
  public static Ceilings ofDevice(
      Backend backend,
      Precision precision,
      Effort effort,
      int edge,
      BiFunction<TensorArena, int[], Tensor> tensors) {
    List<Ceiling> found = new ArrayList<>();
    try (TensorArena arena = backend.arena("ceilings", Long.MAX_VALUE)) {
      Tensor x = tensors.apply(arena, new int[] {edge, edge});
      Tensor w = tensors.apply(arena, new int[] {edge, edge});
      Tensor bias = tensors.apply(arena, new int[] {edge});
      Tensor product = arena.allocate(edge, edge);
      double flop = 2.0 * edge * edge * edge;
      double multiply = best(backend, effort, () -> backend.linear().linear(product, x, w, bias));
      found.add(ceiling(backend, Kind.ARITHMETIC, precision, flop / multiply));
      if (precision == Precision.FP32) {
        int[] count = {Math.toIntExact(effort.streamBytes() / Float.BYTES)};
        Tensor a = tensors.apply(arena, count);
        Tensor b = tensors.apply(arena, count);
        Tensor y = arena.allocate(count);
        MemorySegment host = MemorySegment.ofArray(new float[count[0]]);
        double bytes = (double) Float.BYTES * count[0];
        double add = best(backend, effort, () -> backend.elementwise().add(y, a, b));
        double up = best(backend, effort, () -> backend.write(y, host));
        double down = best(backend, effort, () -> backend.read(host, y));
        found.add(ceiling(backend, Kind.MEMORY, precision, 3 * bytes / add));
        found.add(ceiling(backend, Kind.UPLOAD, precision, bytes / up));
        found.add(ceiling(backend, Kind.DOWNLOAD, precision, bytes / down));
      }
    }
    return new Ceilings(found);
  }

  private static Ceiling ceiling(
      Backend backend, Kind kind, Precision precision, double perMillisecond) {
    return new Ceiling(backend.name(), kind, precision, 1, perMillisecond * 1e-6);
  }

  private static double best(Backend backend, Effort effort, Runnable work) {
    Contender contender = Contender.of(work, backend::synchronize);
    return Contest.run(effort, List.of(contender)).getFirst().best();
  }
}
