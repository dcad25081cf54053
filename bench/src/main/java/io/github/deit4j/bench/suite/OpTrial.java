package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.Devices;
import io.github.deit4j.bench.OpCase;
import io.github.deit4j.bench.OpCases;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.DeiTConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The ops of a step one by one, each on operands of its own. */
final class OpTrial {
  /** Of these most of a step's time consists. */
  private static final Set<String> MAIN =
      Set.of(
          "qkv/linear",
          "qkv/linearInputGradient",
          "qkv/linearParameterGradients",
          "qkv-prepared/linear",
          "proj/linear",
          "fc1/linear",
          "fc1-gelu/linear",
          "fc1/linearParameterGradients",
          "fc2/linear",
          "fc2-residual/linear",
          "fc2-residual/linearInputGradient",
          "attn/attention",
          "attn/attentionBackward",
          "mlp/gelu",
          "norm/layerNorm",
          "norm/layerNormBackward",
          "parameters/adamW");

  private final Watch watch;
  private final SuiteEffort effort;

  OpTrial(Watch watch, SuiteEffort effort) {
    this.watch = watch;
    this.effort = effort;
  }

  /** A contestant with its operands. */
  private record Side(Contestant contestant, Backend backend, TensorArena arena, List<OpCase> cases)
      implements AutoCloseable {
    static Side of(Contestant contestant, Trial trial) {
      Backend backend = TrialMeasurement.open(contestant, trial.threads());
      TensorArena arena = backend.arena("operands", Long.MAX_VALUE);
      DeiTConfig config = DeiTConfig.named(trial.model());
      return new Side(
          contestant, backend, arena, OpCases.of(backend, arena, config, trial.batch()));
    }

    Contender contender(int index) {
      OpCase op = cases.get(index);
      // Of any tensor: the device does things in order.
      Tensor number = arena.allocate(1);
      return Contender.of(
          contestant.toString(),
          () -> op.call().accept(backend),
          contestant.onDevice() ? DeviceCeilings.await(backend, number) : () -> {});
    }

    @Override
    public void close() {
      arena.close();
      backend.close();
    }
  }

  TrialResult measure(Trial trial) {
    List<Side> sides = new ArrayList<>();
    try {
      for (Contestant contestant : trial.contestants()) {
        sides.add(Side.of(contestant, trial));
      }
      List<TrialResult.CellRound> cells = new ArrayList<>();
      List<OpCase> cases = sides.getFirst().cases();
      for (int i = 0; i < cases.size(); i++) {
        if (effort.allOps() || MAIN.contains(cases.get(i).name())) {
          cells.addAll(measure(trial, sides, i));
        }
      }
      return TrialResult.of(cells, List.of());
    } finally {
      sides.reversed().forEach(Side::close);
    }
  }

  private List<TrialResult.CellRound> measure(Trial trial, List<Side> sides, int index) {
    OpCase op = sides.getFirst().cases().get(index);
    Cost cost = op.observed(sides.getFirst().backend()).cost();
    // What has no products runs the same code with OpenBLAS.
    List<Side> able =
        sides.stream()
            .filter(
                side -> cost.flop() > 0 || !Devices.hasOwnProductsOnly(side.contestant().backend()))
            .toList();
    Watch.Observed observed =
        watch.contest(effort.samples(), able.stream().map(side -> side.contender(index)).toList());
    List<TrialResult.CellRound> cells = new ArrayList<>();
    for (int i = 0; i < able.size(); i++) {
      Contestant contestant = able.get(i).contestant();
      Cell cell =
          new Cell(
              Section.OP,
              contestant.backend(),
              contestant.precision(),
              trial.model(),
              op.name(),
              trial.batch(),
              op.sizes(),
              trial.threads());
      cells.add(
          new TrialResult.CellRound(
              cell, known(cost.flop()), known(cost.bytes()), observed.round(i, null)));
    }
    return cells;
  }

  private static Double known(double number) {
    return number == 0 ? null : Double.valueOf(number);
  }
}
