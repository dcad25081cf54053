package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/** Ops of a training step one by one, by contestants in turns, each on operands of its own. */
public final class OpContest {
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
    ModelConfig config = BenchmarkModels.config(model);
    List<Backend> backends = new ArrayList<>();
    try {
      contestants.forEach(each -> backends.add(each.open(bench.threads())));
      for (String part : OpCases.parts(config)) {
        List<TensorArena> arenas = new ArrayList<>();
        try {
          List<List<OpCase>> cases = new ArrayList<>();
          for (Backend backend : backends) {
            arenas.add(backend.arena("operands", Long.MAX_VALUE));
            cases.add(OpCases.part(backend, arenas.getLast(), config, 1, batch, part));
          }
          for (int op = 0; op < cases.getFirst().size(); op++) {
            List<Bench.Entrant> entrants = new ArrayList<>();
            for (int i = 0; i < contestants.size(); i++) {
              OpCase each = cases.get(i).get(op);
              Contestant who = contestants.get(i);
              // What has no products is measured once, where several run the same code.
              boolean same = i > 0 && each.cost().flop() == 0 && who.hasOwnProductsOnly();
              if (!same && wanted.test(each, who)) {
                entrants.add(entrant(bench, model, batch, who, each, backends.get(i)));
              }
            }
            if (!entrants.isEmpty()) {
              found.accept(bench.contest(entrants));
            }
          }
        } finally {
          arenas.forEach(TensorArena::close);
        }
      }
    } finally {
      backends.reversed().forEach(Backend::close);
    }
  }

  private static Bench.Entrant entrant(
      Bench bench, String model, int batch, Contestant who, OpCase op, Backend backend) {
    Cell cell = who.cell(Section.OP, model, op.name(), batch, op.sizes(), bench.threads());
    Runnable call = () -> op.call().accept(backend);
    Contender contender = Contender.of(call, backend::synchronize);
    return new Bench.Entrant(cell, op.cost(), contender, null);
  }
}
