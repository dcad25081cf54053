package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.bench.Trial.Plan;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.vit.DeiTFamily;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final Contestant PEER = Contestant.onHost("peer:onnxruntime");

  private final List<Trial> full =
      Plan.of(false, List.of(1, 2, 3), List.of(Fakes.CPU, Fakes.GPU, PEER));

  private List<Trial> of(Trial.Kind kind) {
    return full.stream().filter(trial -> trial.kind() == kind).toList();
  }

  @Test
  void threadsDoubleUpToAll() {
    assertThat(Plan.threadCounts(1)).containsExactly(1);
    assertThat(Plan.threadCounts(6)).containsExactly(1, 2, 4, 6);
    assertThat(Plan.threadCounts(8)).containsExactly(1, 2, 4, 8);
  }

  @Test
  void everyModelIsMeasuredAtEveryBatch() {
    assertThat(full).doesNotHaveDuplicates();
    for (String model : DeiTFamily.INSTANCE.models()) {
      assertThat(of(Trial.Kind.INFERENCE))
          .filteredOn(trial -> trial.model().equals(model) && trial.threads() == 3)
          .extracting(Trial::batch)
          .containsExactlyInAnyOrder(1, 2, 4, 8, 16, 32, 64, 128, 256);
    }
  }

  @Test
  void kindsFollowEachOther() {
    assertThat(full)
        .extracting(Trial::kind)
        .isSorted()
        .as("what takes little time comes first")
        .containsSubsequence(Trial.Kind.PREDICT, Trial.Kind.FULL_SPEED, Trial.Kind.OPS);
    assertThat(Trial.Kind.BREAKDOWN.shareUntil()).isCloseTo(1, within(1e-9));
  }

  @Test
  void contestantsDoWhatTheyCan() {
    assertThat(of(Trial.Kind.TRAIN_STEP)).noneMatch(trial -> trial.contestants().contains(PEER));
    assertThat(of(Trial.Kind.OPS)).noneMatch(trial -> trial.contestants().contains(PEER));
    assertThat(of(Trial.Kind.BREAKDOWN))
        .allMatch(trial -> trial.contestants().equals(List.of(Fakes.CPU)));
    assertThat(of(Trial.Kind.INFERENCE))
        .filteredOn(trial -> trial.threads() < 3)
        .as("scaling")
        .isNotEmpty()
        .allMatch(trial -> trial.contestants().equals(List.of(Fakes.CPU)));
    assertThat(of(Trial.Kind.CEILINGS)).anyMatch(trial -> trial.contestants().contains(Fakes.GPU));
  }
}
