package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.measure.Samples;
import java.util.ArrayList;
import java.util.List;

/**
 * The samples of all rounds in a few numbers, in milliseconds a call.
 *
 * @param samples how many there are
 * @param median the middle one
 * @param p10 a tenth of them took no longer
 * @param p90 a tenth of them took as long or longer
 * @param best the shortest
 * @param roundMedians of each round
 */
public record Timing(
    int samples, double median, double p10, double p90, double best, List<Double> roundMedians) {
  /** Copies the list. */
  public Timing {
    roundMedians = List.copyOf(roundMedians);
  }

  static Timing of(List<Round> rounds) {
    List<Double> all = new ArrayList<>();
    List<Double> medians = new ArrayList<>();
    for (Round round : rounds) {
      all.addAll(round.milliseconds());
      medians.add(new Samples(round.milliseconds()).median());
    }
    Samples samples = new Samples(all);
    return new Timing(
        samples.count(),
        samples.median(),
        samples.quantile(0.1),
        samples.quantile(0.9),
        samples.best(),
        medians);
  }
}
