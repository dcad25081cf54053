package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.device.Precision;
import java.util.List;
import java.util.OptionalDouble;

/** The ceilings under which each contestant works. */
final class Roofs {
  private static final String HOST = "cpu";

  private final List<Ceiling> ceilings;

  Roofs(List<Ceiling> ceilings) {
    this.ceilings = List.copyOf(ceilings);
  }

  /** Returns the roof of a backend; null where its ceilings were not measured. */
  Ceilings of(Contestant contestant, int threads) {
    String backend = contestant.onDevice() ? contestant.backend() : HOST;
    int team = contestant.onDevice() ? 1 : threads;
    OptionalDouble gflops = value(backend, Ceiling.Kind.ARITHMETIC, contestant.precision(), team);
    OptionalDouble memory = value(backend, Ceiling.Kind.MEMORY, Precision.FP32, team);
    return gflops.isEmpty() || memory.isEmpty()
        ? null
        : new Ceilings(team, gflops.getAsDouble(), memory.getAsDouble(), memory.getAsDouble());
  }

  private OptionalDouble value(
      String backend, Ceiling.Kind kind, Precision precision, int threads) {
    return ceilings.stream()
        .filter(
            each ->
                each.backend().equals(backend)
                    && each.kind() == kind
                    && each.precision() == precision
                    && each.threads() == threads)
        .mapToDouble(Ceiling::value)
        .findFirst();
  }
}
