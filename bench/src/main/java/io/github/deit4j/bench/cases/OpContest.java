package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Bench.Entrant;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.ViTConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/** Ops of a model one by one, by contestants in turns, each on operands of its own. */
public record OpContest(Bench bench, String model, int batch, List<Contestant> contestants) {
  /**
   * Measures them, with their references by libraries that are on the class path.
   *
   * @param wanted of an op, by a contestant
   * @param found is given each op's measurements, in the contestants' order
   */
  public void measure(BiPredicate<OpCase, Contestant> wanted, Consumer<List<Measurement>> found) {
    List<Backend> backends = new ArrayList<>();
    try {
      contestants.forEach(each -> backends.add(each.open(bench.threads())));
      for (String part : OpCases.parts(config())) {
        measure(part, backends, wanted, found);
      }
    } finally {
      backends.reversed().forEach(Backend::close);
    }
  }

  private void measure(
      String part,
      List<Backend> backends,
      BiPredicate<OpCase, Contestant> wanted,
      Consumer<List<Measurement>> found) {
    List<TensorArena> arenas = new ArrayList<>();
    try {
      List<List<OpCase>> cases = new ArrayList<>();
      for (Backend backend : backends) {
        arenas.add(backend.arena("operands", Long.MAX_VALUE));
        cases.add(OpCases.part(backend, arenas.getLast(), config(), batch, part));
      }
      for (int op = 0; op < cases.getFirst().size(); op++) {
        List<Entrant> entrants = new ArrayList<>();
        for (int i = 0; i < contestants.size(); i++) {
          OpCase each = cases.get(i).get(op);
          Contestant who = contestants.get(i);
          // What has no products is measured once, where several run the same code.
          boolean same = i > 0 && each.cost().flop() == 0 && who.hasOwnProductsOnly();
          if (!same && wanted.test(each, who)) {
            Backend backend = backends.get(i);
            Runnable call = () -> each.call().accept(backend);
            entrants.add(entrant(who, each, Contender.of(call, backend::synchronize)));
          }
        }
        if (!entrants.isEmpty()) {
          OpCase first = cases.getFirst().get(op);
          List<Workload> references = references(first, backends.getFirst(), entrants);
          found.accept(bench.contest(entrants));
          references.forEach(Workload::close);
        }
      }
    } finally {
      arenas.forEach(TensorArena::close);
    }
  }

  private ViTConfig config() {
    return BenchmarkModels.transformer(model);
  }

  private Entrant entrant(Contestant who, OpCase op, Contender contender) {
    List<Integer> sizes = Arrays.stream(op.result().shape().sizes()).boxed().toList();
    return new Entrant(
        who.cell(Section.OP, model, op.name(), batch, sizes, bench.threads()),
        op.cost(),
        contender,
        null);
  }

  private List<Workload> references(OpCase op, Backend backend, List<Entrant> entrants) {
    List<Workload> references = new ArrayList<>();
    if (op.main() && !contestants.getFirst().device()) {
      for (ReferenceLibrary library : ReferenceLibrary.all()) {
        Workload reference = library.openChecked(op, backend, bench.threads());
        references.add(reference);
        Contestant who = Contestant.onHost(Peer.PREFIX + library.name());
        entrants.add(entrant(who, op, Contender.of(reference)));
      }
    }
    return references;
  }
}
