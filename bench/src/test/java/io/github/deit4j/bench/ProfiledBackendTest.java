package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProfiledBackendTest {
  /** Copies between host and backend, in the step for the losses only. */
  private static final Set<String> NO_OPS = Set.of("read", "write");

  private final Backend backend = Backends.select("cpu", 1).backend();
  private final OpProfile profile = new OpProfile();
  private final Backend profiled = ProfiledBackend.of(backend, profile);

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void opsAreDoneAndNoted() {
    try (TensorArena arena = profiled.arena("test", 1 << 20)) {
      Tensor x = arena.allocate(100);
      profiled.fill(x, 2f);
      profiled.fill(x, 3f);
      assertThat(profiled.optimizer().sumOfSquares(List.of(x))).isEqualTo(900);
    }
    assertThat(profiled.name()).isEqualTo("cpu");
    assertThat(profile.entries())
        .extracting(OpProfile.Entry::name)
        .containsExactlyInAnyOrder("fill", "sumOfSquares");
    OpProfile.Entry fill =
        profile.entries().stream().filter(e -> e.name().equals("fill")).findFirst().orElseThrow();
    assertThat(fill.calls()).isEqualTo(2);
    assertThat(fill.cost().bytes()).isEqualTo(2 * 400);
    assertThat(fill.nanos()).isPositive();
  }

  @Test
  void failuresComeThroughAsTheyAre() {
    try (TensorArena arena = backend.arena("test", 1 << 20)) {
      Tensor a = arena.allocate(3);
      Tensor b = arena.allocate(4);
      assertThatThrownBy(() -> profiled.elementwise().add(a, a, b))
          .isInstanceOf(ShapeException.class);
    }
  }

  /** A new op of a training step wants a line in {@link OpCases}. */
  @Test
  void everyOpOfATrainingStepIsMeasuredAlone() {
    try (Workload step = new TrainStep(profiled, SmallModel.CONFIG, 2)) {
      step.run();
    }
    Set<String> used = new TreeSet<>();
    profile.entries().forEach(entry -> used.add(entry.name()));
    used.removeAll(NO_OPS);
    assertThat(used).contains("linear", "attentionBackward", "adamW").isSubsetOf(measuredAlone());
  }

  private Set<String> measuredAlone() {
    Set<String> names = new TreeSet<>();
    try (TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      for (OpCase op : OpCases.of(backend, arena, SmallModel.CONFIG, 2)) {
        OpProfile one = new OpProfile();
        op.call().accept(ProfiledBackend.of(backend, one));
        assertThat(one.entries()).extracting(OpProfile.Entry::name).containsExactly(op.op());
        names.add(op.op());
      }
    }
    return names;
  }
}
