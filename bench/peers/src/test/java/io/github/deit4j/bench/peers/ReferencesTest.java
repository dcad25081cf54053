package io.github.deit4j.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.OpCases;
import io.github.deit4j.bench.cases.OpContest;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Watch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.ViTConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reference computes what the op computes; {@code openChecked} compares. */
class ReferencesTest {
  private final Backend backend = Backends.select("cpu", 1).backend();
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  static Stream<String> names() {
    try (Backend backend = Backends.select("cpu", 1).backend();
        TensorArena arena = backend.arena("names", Long.MAX_VALUE)) {
      return cases(backend, arena).filter(OpCase::main).map(OpCase::name).toList().stream();
    }
  }

  private static Stream<OpCase> cases(Backend backend, TensorArena arena) {
    ViTConfig config = BenchmarkModels.transformer("fashion-mnist");
    return OpCases.parts(config).stream()
        .flatMap(part -> OpCases.part(backend, arena, config, 2, part).stream());
  }

  private OpCase named(String name) {
    return cases(backend, arena).filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("names")
  void pyTorch(String name) {
    try (Workload reference = new TorchReferences().openChecked(named(name), backend, 1)) {
      reference.run();
    }
  }

  @Test
  void whatComputesSomethingElseIsAnError() {
    OpCase gelu = named("mlp/gelu");
    OpCase wrong =
        new OpCase(
            "mlp",
            "gelu",
            gelu.cost(),
            gelu.result(),
            b -> b.fill(gelu.result(), 0f),
            gelu.reference());
    assertThatThrownBy(() -> new TorchReferences().openChecked(wrong, backend, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("mlp/gelu of pytorch computes something else");
  }

  /** In turns with ours, where they are on the class path. */
  @Test
  void opsAreComparedWithTheirReferences() {
    Bench bench = new Bench(1, Effort.of(2, 1, 1, 1, 1), Ceilings.NONE, new Watch());
    List<Measurement> found = new ArrayList<>();
    new OpContest(bench, "fashion-mnist", 1, List.of(Contestant.CPU))
        .measure((op, _) -> op.name().equals("mlp/gelu"), found::addAll);
    assertThat(found)
        .extracting(each -> each.cell().backend() + " " + each.cell().op())
        .containsExactly("cpu mlp/gelu", "peer:pytorch mlp/gelu");
  }
}
