package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Measurement.Round.Memory;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.TensorArena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A whole model at one batch, by backends and peers in turns. */
public final class ModelContest implements AutoCloseable {
  private final Bench bench;
  private final ModelCase model;
  private final List<Bench.Entrant> entrants = new ArrayList<>();
  private final List<Runnable> closers = new ArrayList<>();
  private float[] expected;

  private ModelContest(Bench bench, ModelCase model) {
    this.bench = bench;
    this.model = model;
  }

  /**
   * Measures those contestants that can take part, in their order. Each one first shows that it
   * computes what the first does.
   *
   * @param peers the folder of the peers
   * @param notes hears how the peers are configured
   * @param absent is told who cannot take part, and why; may throw it again
   */
  public static List<Measurement> measure(
      Bench bench,
      ModelCase model,
      List<Contestant> contestants,
      Path peers,
      Consumer<String> notes,
      BiConsumer<Contestant, RuntimeException> absent) {
    try (ModelContest contest = new ModelContest(bench, model)) {
      for (Contestant contestant : contestants) {
        try {
          if (contestant.isPeer()) {
            contest.enterPeer(contestant, peers, notes);
          } else {
            contest.enter(contestant);
          }
        } catch (OutOfMemoryError e) {
          absent.accept(contestant, new IllegalStateException("no memory", e));
        } catch (RuntimeException e) {
          absent.accept(contestant, e);
        }
      }
      return contest.entrants.isEmpty() ? List.of() : bench.contest(contest.entrants);
    }
  }

  private void enter(Contestant contestant) {
    Backend backend = contestant.open(bench.threads());
    closers.add(backend::close);
    long before = TensorArena.openBytes();
    Workload workload = model.open(backend);
    closers.add(workload::close);
    float[] numbers = workload.check();
    expected = expected == null ? numbers : expected;
    Memory memory = new Memory(TensorArena.openBytes() - before, Memory.Kind.TENSORS);
    add(contestant, Contender.of(workload), () -> memory);
  }

  private void enterPeer(Contestant contestant, Path folder, Consumer<String> notes) {
    Peer process = Peer.start(contestant, folder, model, bench.threads());
    closers.add(process::close);
    notes.accept(contestant + ": " + process.configuration());
    if (expected != null) {
      Peer.requireSame(contestant.backend(), expected, process.check());
    }
    add(contestant, process, process::peakMemory);
  }

  private void add(Contestant contestant, Contender contender, Supplier<Memory> memory) {
    entrants.add(
        new Bench.Entrant(
            model.cell(contestant, bench.threads()), new Cost(model.flop(), 0), contender, memory));
  }

  @Override
  public void close() {
    closers.reversed().forEach(Runnable::run);
  }
}
