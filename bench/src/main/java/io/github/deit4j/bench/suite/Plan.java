package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.ModelCase;
import io.github.deit4j.bench.Peer;
import io.github.deit4j.vit.DeiTConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What a suite measures, the most wanted first within each kind. */
final class Plan {
  private static final String TINY = "deit_tiny_distilled_patch16_224";
  private static final String SMALL = "deit_small_distilled_patch16_224";
  private static final String BASE = "deit_base_distilled_patch16_224";

  /** The models that are measured at most batches; the other forms differ little or much. */
  private static final List<String> MAIN = List.of(TINY, SMALL, BASE);

  private static final List<Integer> MAIN_BATCHES = List.of(1, 8, 32);
  private static final List<Integer> OTHER_BATCHES = List.of(2, 4, 16, 64, 128, 256);
  private static final int USUAL_BATCH = 8;

  private final boolean quick;
  private final List<Integer> threads;
  private final List<Contestant> contestants;
  private final List<Trial> trials = new ArrayList<>();

  private Plan(boolean quick, List<Integer> threads, List<Contestant> contestants) {
    this.quick = quick;
    this.threads = threads;
    this.contestants = contestants;
  }

  /**
   * Returns the trials.
   *
   * @param threads the thread counts of the scaling, the last of everything else
   * @param contestants those that are there
   */
  static List<Trial> of(boolean quick, List<Integer> threads, List<Contestant> contestants) {
    Plan plan = new Plan(quick, threads, contestants);
    plan.ceilings();
    plan.dataAndStart();
    plan.ops();
    plan.inference();
    plan.training();
    return List.copyOf(plan.trials);
  }

  /** Returns 1, 2, 4 … and the number of processors itself. */
  static List<Integer> threadCounts(int processors) {
    List<Integer> counts = new ArrayList<>();
    for (int count = 1; count < processors; count *= 2) {
      counts.add(count);
    }
    counts.add(processors);
    return counts;
  }

  private int all() {
    return threads.getLast();
  }

  private List<Contestant> those(Predicate<Contestant> which) {
    return contestants.stream().filter(which).toList();
  }

  private List<Contestant> ours() {
    return those(each -> !each.isPeer());
  }

  private List<Contestant> host() {
    return those(each -> !each.isPeer() && !each.onDevice());
  }

  private List<Contestant> withPeers(ModelCase.Mode mode) {
    List<String> able = Peer.of(mode).stream().map(Peer::id).toList();
    return those(each -> !each.isPeer() || able.stream().anyMatch(each.backend()::endsWith));
  }

  private void add(Trial.Kind kind, String model, int batch, int team, List<Contestant> who) {
    Trial trial = new Trial(kind, model, batch, team, who);
    if (!who.isEmpty() && !trials.contains(trial)) {
      trials.add(trial);
    }
  }

  private List<Contestant> cpu() {
    return List.of(Contestant.of("cpu"));
  }

  private void ceilings() {
    for (int team : threads.reversed()) {
      add(Trial.Kind.CEILINGS, null, 1, team, cpu());
    }
    // A device's limits do not depend on the host's threads.
    add(Trial.Kind.CEILINGS, null, 1, 1, those(Contestant::onDevice));
  }

  private void dataAndStart() {
    for (int team : threads) {
      add(Trial.Kind.DATA, null, team, team, cpu());
    }
    add(Trial.Kind.PREDICT, TINY, 1, all(), cpu());
    add(Trial.Kind.FULL_SPEED, TINY, USUAL_BATCH, all(), cpu());
  }

  private void ops() {
    add(Trial.Kind.OPS, SMALL, USUAL_BATCH, all(), ours());
    add(Trial.Kind.OPS, TINY, 1, all(), ours());
    if (!quick) {
      for (int batch : MAIN_BATCHES) {
        MAIN.forEach(model -> add(Trial.Kind.OPS, model, batch, all(), ours()));
      }
    }
  }

  private void inference() {
    List<Contestant> withPeers = withPeers(ModelCase.Mode.INFERENCE);
    for (int batch : List.of(1, USUAL_BATCH)) {
      MAIN.forEach(model -> add(Trial.Kind.INFERENCE, model, batch, all(), withPeers));
    }
    scaling(Trial.Kind.INFERENCE);
    List<Contestant> others = quick ? ours() : withPeers;
    for (String model : DeiTConfig.names()) {
      if (!MAIN.contains(model)) {
        add(Trial.Kind.INFERENCE, model, 1, all(), others);
      }
    }
    add(Trial.Kind.INFERENCE, TINY, MAIN_BATCHES.getLast(), all(), others);
    add(Trial.Kind.INFERENCE, SMALL, MAIN_BATCHES.getLast(), all(), others);
    for (int batch : OTHER_BATCHES) {
      add(Trial.Kind.INFERENCE, TINY, batch, all(), others);
    }
    if (!quick) {
      List<Integer> batches = new ArrayList<>(MAIN_BATCHES);
      batches.addAll(OTHER_BATCHES);
      for (int batch : batches) {
        DeiTConfig.names().forEach(model -> add(Trial.Kind.INFERENCE, model, batch, all(), others));
      }
    }
  }

  private void training() {
    List<Contestant> withPeers = withPeers(ModelCase.Mode.TRAIN_STEP);
    add(Trial.Kind.TRAIN_STEP, TINY, USUAL_BATCH, all(), withPeers);
    add(Trial.Kind.TRAIN_STEP, SMALL, USUAL_BATCH, all(), withPeers);
    scaling(Trial.Kind.TRAIN_STEP);
    add(Trial.Kind.TRAIN_STEP, BASE, 1, all(), ours());
    if (!quick) {
      for (int batch : List.of(1, 8, 32, 64, 128, 256)) {
        DeiTConfig.names()
            .forEach(model -> add(Trial.Kind.TRAIN_STEP, model, batch, all(), withPeers));
      }
    }
    add(Trial.Kind.BREAKDOWN, SMALL, USUAL_BATCH, all(), quick ? cpu() : host());
    if (!quick) {
      add(Trial.Kind.BREAKDOWN, TINY, USUAL_BATCH, all(), host());
      add(Trial.Kind.BREAKDOWN, BASE, USUAL_BATCH, all(), host());
    }
  }

  private void scaling(Trial.Kind kind) {
    for (int team : threads.reversed()) {
      add(kind, TINY, USUAL_BATCH, team, team == all() ? List.of() : cpu());
      if (!quick) {
        add(kind, SMALL, USUAL_BATCH, team, team == all() ? List.of() : cpu());
      }
    }
  }
}
