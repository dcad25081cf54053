package io.github.deit4j.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.ViTConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BreakdownTest {
  /** Copies between host and backend, in the step for the losses only. */
  private static final Set<String> NO_OPS = Set.of("read", "write");

  private final Backend backend = Backends.select("cpu", 1).backend();
  private final List<String> seen = new ArrayList<>();
  private final Backend profiled =
      Breakdown.observed(
          backend,
          (op, _, nanos) -> {
            assertThat(nanos).isPositive();
            seen.add(op);
          });

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
      profiled.close();
      backend.fill(x, 4f);
    }
    assertThat(profiled.name()).isEqualTo("cpu");
    assertThat(seen).containsExactly("fill", "fill", "sumOfSquares");
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
    ViTConfig config = BenchmarkModels.transformer("fashion-mnist");
    try (Workload step = new ModelWorkload.TrainStep(profiled, config, 2)) {
      step.run();
    }
    profiled.close();
    Set<String> used = new TreeSet<>(seen);
    used.removeAll(NO_OPS);
    try (TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      List<String> alone =
          OpCases.parts(config).stream()
              .flatMap(part -> OpCases.part(backend, arena, config, 2, part).stream())
              .map(OpCase::op)
              .toList();
      assertThat(used).contains("linear", "attentionBackward", "adamW").isSubsetOf(alone);
    }
  }
}
