package io.github.deit4j.bench.measure;

import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Measurement.Round;
import io.github.deit4j.bench.measure.Measurement.Round.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Where and how hard is measured. */
public record Bench(int threads, Effort effort, Ceilings ceilings, Watch watch) {
  /**
   * One that takes turns with others.
   *
   * @param memory tells at the end what it has taken; null where not known
   */
  public record Entrant(Cell cell, Cost cost, Contender contender, Supplier<Memory> memory) {}

  /** Has the entrants take turns, and returns a measurement of each. */
  public List<Measurement> contest(List<Entrant> entrants) {
    List<Round> rounds = watch.contest(effort, entrants.stream().map(Entrant::contender).toList());
    List<Measurement> found = new ArrayList<>();
    for (int i = 0; i < rounds.size(); i++) {
      Entrant entrant = entrants.get(i);
      Round round = rounds.get(i);
      Memory taken = entrant.memory() == null ? null : entrant.memory().get();
      found.add(measurement(entrant.cell(), entrant.cost(), round.with(taken)));
    }
    return found;
  }

  /** Returns the measurement of a single round. */
  public Measurement measurement(Cell cell, Cost cost, Round round) {
    return Measurement.of(cell, cost, List.of(round), ceilings, watch.noise());
  }
}
