package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/** Ops of a training step one by one, by contestants in turns, each on operands of its own. */
public final class OpContest {
  /** A contestant with its operands. */
  private record Side(Contestant contestant, Backend backend, TensorArena arena, List<OpCase> cases)
      implements AutoCloseable {
    @Override
    public void close() {
      arena.close();
      backend.close();
    }
  }

  private OpContest() {}

  /**
   * Measures a model's ops at one batch.
   *
   * @param wanted of an op, by a contestant
   * @param found is given each op's measurements, in the contestants' order
   */
  public static void measure(
      Bench bench,
      String model,
      int batch,
      List<Contestant> contestants,
      BiPredicate<OpCase, Contestant> wanted,
      Consumer<List<Measurement>> found) {
    List<Side> sides = new ArrayList<>();
    try {
      for (Contestant contestant : contestants) {
        Backend backend = contestant.open(bench.threads());
        TensorArena arena = backend.arena("operands", Long.MAX_VALUE);
        List<OpCase> cases = OpCases.of(backend, arena, BenchmarkModels.deit(model), batch);
        sides.add(new Side(contestant, backend, arena, cases));
      }
      for (int i = 0; i < sides.getFirst().cases().size(); i++) {
        List<Bench.Entrant> entrants = entrants(bench, model, batch, sides, i, wanted);
        if (!entrants.isEmpty()) {
          found.accept(bench.contest(entrants));
        }
      }
    } finally {
      sides.reversed().forEach(Side::close);
    }
  }

  private static List<Bench.Entrant> entrants(
      Bench bench,
      String model,
      int batch,
      List<Side> sides,
      int index,
      BiPredicate<OpCase, Contestant> wanted) {
    List<Bench.Entrant> entrants = new ArrayList<>();
    for (Side side : sides) {
      OpCase op = side.cases().get(index);
      if (!wanted.test(op, side.contestant())) {
        continue;
      }
      Cost cost = op.observed(side.backend()).cost();
      // What has no products is measured once, where several run the same code.
      if (entrants.isEmpty() || cost.flop() > 0 || !side.contestant().hasOwnProductsOnly()) {
        entrants.add(
            new Bench.Entrant(
                side.contestant()
                    .cell(Section.OP, model, op.name(), batch, op.sizes(), bench.threads()),
                cost,
                Contender.of(
                    side.contestant().toString(),
                    () -> op.call().accept(side.backend()),
                    side.backend()::synchronize),
                () -> null));
      }
    }
    return entrants;
  }
}
