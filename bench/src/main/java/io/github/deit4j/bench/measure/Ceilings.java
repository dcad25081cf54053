package io.github.deit4j.bench.measure;

import io.github.deit4j.bench.measure.Ceilings.Ceiling.Kind;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.device.Precision;
import java.util.List;
import java.util.OptionalDouble;

/** What the hardware can do at most, as far as it was measured. */
public record Ceilings(List<Ceiling> all) {
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

  /** Measures the host with so many threads: memory, and arithmetic in float32 or BF16. */
  public static Ceilings ofHost(int threads, Effort effort, Precision precision) {
    try (ThreadTeam team = new ThreadTeam(threads)) {
      boolean bf16 = precision == Precision.BF16;
      double gflops =
          bf16 ? HostLimits.bf16Gflops(team, effort) : HostLimits.fmaGflops(team, effort);
      return new Ceilings(
          List.of(
              new Ceiling(
                  HOST, Kind.ARITHMETIC, bf16 ? Precision.BF16 : Precision.FP32, threads, gflops),
              new Ceiling(
                  HOST, Kind.MEMORY, Precision.FP32, threads, HostLimits.bandwidth(team, effort))));
    }
  }

  /**
   * A limit of the hardware, measured.
   *
   * @param backend {@code cpu} for the host, or the device's
   * @param precision of the arithmetic; FP32 for memory and transfers
   * @param threads that reached it together; 1 for a device
   * @param value in GFLOP/s or GB/s
   */
  public record Ceiling(String backend, Kind kind, Precision precision, int threads, double value) {
    public enum Kind {
      /** Multiply-adds: of the processor in a loop, of a device in a large matrix product. */
      ARITHMETIC("arithmetic, %s %s", "GFLOP/s"),
      /** Reading and writing memory, a device's own for a device. */
      MEMORY("memory, %s", "GB/s"),
      /** Copies from the host's memory to the device's. */
      UPLOAD("copies to %s", "GB/s"),
      /** Copies from the device's memory to the host's. */
      DOWNLOAD("copies from %s", "GB/s");

      private final String name;
      private final String unit;

      Kind(String name, String unit) {
        this.name = name;
        this.unit = unit;
      }
    }

    public Ceiling withValue(double other) {
      return new Ceiling(backend, kind, precision, threads, other);
    }

    /** Returns what is limited, and of what. */
    public String name() {
      return kind.name.formatted(backend, precision.key());
    }

    public String shown() {
      return ResultTable.number(value) + " " + kind.unit;
    }
  }
}
