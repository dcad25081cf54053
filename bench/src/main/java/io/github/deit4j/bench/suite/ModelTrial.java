package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.ModelCase;
import io.github.deit4j.bench.Peer;
import io.github.deit4j.bench.PeerLauncher;
import io.github.deit4j.bench.PeerProcess;
import io.github.deit4j.bench.Workload;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.tensor.ArenaLimitException;
import io.github.deit4j.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** A whole model at one batch: inference, or training steps. */
final class ModelTrial {
  private final Watch watch;
  private final SuiteEffort effort;
  private final Path peers;

  private final List<Runnable> closers = new ArrayList<>();
  private final List<Absence> absences = new ArrayList<>();
  private final List<Entrant> entrants = new ArrayList<>();
  private float[] expected;

  /** A contestant that has shown that it computes the right thing. */
  private record Entrant(Contestant contestant, Contender contender, Supplier<Memory> memory) {}

  ModelTrial(Watch watch, SuiteEffort effort, Path peers) {
    this.watch = watch;
    this.effort = effort;
    this.peers = peers;
  }

  static Cell cell(Trial trial, Section section, Contestant contestant) {
    return new Cell(
        section,
        contestant.backend(),
        contestant.precision(),
        trial.model(),
        trial.kind().op(),
        trial.batch(),
        new ModelCase(trial.model(), ModelCase.Mode.INFERENCE, trial.batch()).shape(),
        trial.threads());
  }

  TrialResult measure(Trial trial) throws IOException {
    ModelCase model =
        new ModelCase(
            trial.model(),
            trial.kind() == Trial.Kind.INFERENCE
                ? ModelCase.Mode.INFERENCE
                : ModelCase.Mode.TRAIN_STEP,
            trial.batch());
    try {
      for (Contestant contestant : trial.contestants()) {
        try {
          enter(trial, model, contestant);
        } catch (DeviceException | ArenaLimitException | OutOfMemoryError e) {
          absences.add(
              new Absence(
                  cell(trial, trial.kind().section(), contestant).toString(),
                  e.getMessage().lines().findFirst().orElse("no memory")));
        }
      }
      return entrants.isEmpty() ? TrialResult.of(List.of(), absences) : contest(trial, model);
    } finally {
      closers.reversed().forEach(Runnable::run);
    }
  }

  private void enter(Trial trial, ModelCase model, Contestant contestant) throws IOException {
    if (contestant.isPeer()) {
      enterPeer(trial, model, contestant);
      return;
    }
    Backend backend = TrialMeasurement.open(contestant, trial.threads());
    closers.add(backend::close);
    long before = TensorArena.openBytes();
    Workload workload = model.open(backend);
    closers.add(workload::close);
    float[] numbers = workload.check();
    expected = expected == null ? numbers : expected;
    Memory memory = new Memory(TensorArena.openBytes() - before, Memory.Kind.TENSORS);
    entrants.add(
        new Entrant(contestant, Contender.of(contestant.toString(), workload), () -> memory));
  }

  private void enterPeer(Trial trial, ModelCase model, Contestant contestant) throws IOException {
    Peer peer =
        Peer.of(model.mode()).stream()
            .filter(each -> contestant.backend().endsWith(each.id()))
            .findFirst()
            .orElseThrow();
    Backend writer = TrialMeasurement.open(Contestant.of("cpu"), trial.threads());
    closers.add(writer::close);
    PeerProcess process = new PeerLauncher(peers, writer).start(peer, model, trial.threads());
    closers.add(process::close);
    if (expected != null) {
      process.requireSameResults(expected);
    }
    entrants.add(new Entrant(contestant, process, () -> peak(process)));
  }

  private static Memory peak(PeerProcess process) {
    OptionalLong bytes = process.peakMemory();
    return bytes.isPresent() ? new Memory(bytes.getAsLong(), Memory.Kind.PROCESS) : null;
  }

  private TrialResult contest(Trial trial, ModelCase model) {
    Watch.Observed observed =
        watch.contest(effort.samples(), entrants.stream().map(Entrant::contender).toList());
    List<TrialResult.CellRound> cells = new ArrayList<>();
    for (int i = 0; i < entrants.size(); i++) {
      Entrant entrant = entrants.get(i);
      cells.add(
          new TrialResult.CellRound(
              cell(trial, trial.kind().section(), entrant.contestant()),
              model.flop(),
              null,
              observed.round(i, entrant.memory().get())));
    }
    return TrialResult.of(cells, absences);
  }
}
