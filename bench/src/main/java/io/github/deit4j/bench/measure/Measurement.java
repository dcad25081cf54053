package io.github.deit4j.bench.measure;

import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement.Round.Memory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A cell and what was measured of it: the one record of every benchmark. Rates are those of the
 * median time; they are null where they make no sense.
 *
 * @param flop operations of matrix products, an fma counting two; null without products
 * @param bytes operands, each read or written once, and twice where it is updated; null where not
 *     known. {@code flop / bytes} is the roofline's x axis
 * @param rooflineFraction share of the roofline, see {@link Ceilings.Roof}
 * @param noise why the numbers are not to be trusted; null if nothing speaks against them
 */
public record Measurement(
    Cell cell,
    Double flop,
    Double bytes,
    Timing time,
    Double gflops,
    Double gigabytesPerSecond,
    Double imagesPerSecond,
    Double peakFraction,
    Double rooflineFraction,
    Memory memory,
    String noise,
    List<Round> rounds) {
  private static final MathContext DIGITS = new MathContext(6);

  /** The samples of all rounds in a few numbers, in milliseconds a call. */
  public record Timing(
      int samples, double median, double p10, double p90, double best, List<Double> roundMedians) {
    private static Timing of(List<Round> rounds) {
      List<Double> all = new ArrayList<>();
      rounds.forEach(round -> all.addAll(round.milliseconds()));
      Samples samples = new Samples(all);
      return new Timing(
          all.size(),
          samples.median(),
          samples.quantile(0.1),
          samples.quantile(0.9),
          samples.best(),
          rounds.stream().map(round -> round.samples().median()).toList());
    }
  }

  /** Returns what the rounds of a cell come to. */
  public static Measurement of(
      Cell cell, Cost cost, List<Round> rounds, Ceilings ceilings, Watch.Noise noise) {
    Timing time = Timing.of(rounds);
    double median = time.median();
    Ceilings.Roof roof = ceilings.roof(cell);
    Section section = cell.section();
    boolean countsImages = section != Section.OP && section != Section.COLD_START;
    return new Measurement(
        cell,
        cost.flop() == 0 ? null : Double.valueOf(cost.flop()),
        cost.bytes() == 0 ? null : Double.valueOf(cost.bytes()),
        time,
        cost.gflops(median),
        cost.gigabytesPerSecond(median),
        countsImages ? Double.valueOf(cell.batch() * 1e3 / median) : null,
        roof.shareOfPeak(cost, median),
        cost.bytes() == 0 ? null : roof.shareOfRoofline(cost, median),
        rounds.stream()
            .map(Round::memory)
            .filter(Objects::nonNull)
            .max(Comparator.comparingLong(Memory::bytes))
            .orElse(null),
        noise.reason(rounds),
        rounds);
  }

  /** Returns the same with more rounds, and with what is known of the machine by then. */
  public Measurement with(List<Round> more, Ceilings ceilings, Watch.Noise noise) {
    List<Round> all = new ArrayList<>(rounds);
    all.addAll(more);
    return of(cell, cost(), all, ceilings, noise);
  }

  /** Returns what a call costs at least. */
  public Cost cost() {
    return new Cost(Objects.requireNonNullElse(flop, 0.0), Objects.requireNonNullElse(bytes, 0.0));
  }

  /** Returns the first round's samples, which contenders that took turns have in pairs. */
  public Samples samples() {
    return rounds.getFirst().samples();
  }

  /**
   * Returns the measurement as one flat row, by the keys of JSON and CSV; numbers have six digits.
   */
  public Map<String, Object> toRow() {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("benchmark", cell.section().id());
    row.put("backend", cell.backend());
    row.put("precision", cell.precision().key());
    row.put("model", cell.model());
    row.put("op", cell.op());
    row.put("batch", cell.batch());
    row.put("shape", cell.shape());
    row.put("threads", cell.threads());
    row.put("samples", time.samples);
    row.put("median_ms", time.median);
    row.put("p10_ms", time.p10);
    row.put("p90_ms", time.p90);
    row.put("best_ms", time.best);
    row.put("gflops", gflops);
    row.put("gigabytes_per_second", gigabytesPerSecond);
    row.put("images_per_second", imagesPerSecond);
    row.put("peak_fraction", peakFraction);
    row.put("roofline_fraction", rooflineFraction);
    row.put("flop", flop);
    row.put("bytes", bytes);
    row.put("memory_bytes", memory == null ? null : memory.bytes());
    row.put("memory_kind", memory == null ? null : memory.kind().name().toLowerCase(Locale.ROOT));
    row.put("noise", noise);
    row.replaceAll((_, value) -> value instanceof Double number ? rounded(number) : value);
    return row;
  }

  /** Returns the number with six digits. */
  public static double rounded(double number) {
    return new BigDecimal(number).round(DIGITS).doubleValue();
  }

  /** Returns whether a check of clock or load failed. */
  public boolean noisy() {
    return noise != null;
  }

  /**
   * What one round has measured of one cell.
   *
   * @param clockGflops what a fixed loop of multiply-adds reached on one thread, before or after,
   *     whichever was slower
   * @param othersShare share of all processors' time that other programs had, or that a hypervisor
   *     kept; null where the system does not tell
   */
  public record Round(
      List<Double> milliseconds, double clockGflops, Double othersShare, Memory memory) {
    /** The most memory that something took. */
    public record Memory(long bytes, Kind kind) {
      public double gibibytes() {
        return bytes / (double) (1L << 30);
      }

      public enum Kind {
        /** The tensors: weights, activations, gradients, batch; on a device the device's. */
        TENSORS,
        /** All of a process ({@code VmHWM}). */
        PROCESS
      }
    }

    public Samples samples() {
      return new Samples(milliseconds);
    }

    /** Returns the same with what it took of memory. */
    public Round with(Memory taken) {
      return new Round(milliseconds, clockGflops, othersShare, taken);
    }
  }

  /**
   * Times of the same work.
   *
   * @param milliseconds a call, in the order in which they were taken; one or more
   */
  public record Samples(List<Double> milliseconds) {
    /** Keeps a copy of the times. */
    public Samples {
      milliseconds = List.copyOf(milliseconds);
      if (milliseconds.isEmpty()) {
        throw new IllegalArgumentException("samples: expected 1 or more, found none");
      }
    }

    /** Returns the middle time, of an even number the mean of the middle two. */
    public double median() {
      return quantile(0.5);
    }

    /**
     * Returns the time that a share of the samples do not exceed, between two samples in
     * proportion.
     *
     * @param share 0 for the shortest, 1 for the longest
     */
    public double quantile(double share) {
      List<Double> sorted = milliseconds.stream().sorted().toList();
      double place = share * (sorted.size() - 1);
      int below = (int) place;
      int above = Math.min(below + 1, sorted.size() - 1);
      return sorted.get(below) + (place - below) * (sorted.get(above) - sorted.get(below));
    }

    public double best() {
      return quantile(0);
    }

    /**
     * Returns the median of {@code other / this}, pair by pair: how many times as fast as the other
     * this is. Pairs were taken one right after the other, so that what slows the machine for a
     * while slows both.
     */
    public double speedupOver(Samples other) {
      int count = milliseconds.size();
      if (count != other.milliseconds.size()) {
        throw new IllegalArgumentException(
            "pairs: expected as many samples of both, found %d and %d"
                .formatted(count, other.milliseconds.size()));
      }
      return new Samples(
              IntStream.range(0, count)
                  .mapToObj(i -> other.milliseconds.get(i) / milliseconds.get(i))
                  .toList())
          .median();
    }
  }
}
