package io.github.deit4j.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.OpCases;
import io.github.deit4j.bench.cases.ReferenceLibrary;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.tensor.TensorArena;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reference computes what the op computes; {@code openChecked} compares. */
class ReferencesTest {
  private static final String TRANSFORMER = "fashion-mnist";

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
      return OpCases.all(backend, arena, BenchmarkModels.config(TRANSFORMER), 1, 2).stream()
          .filter(op -> op.reference() != null)
          .map(OpCase::name);
    }
  }

  private OpCase named(String name) {
    return OpCases.named(backend, arena, BenchmarkModels.config(TRANSFORMER), 1, 2, name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void pyTorch(String name) throws Exception {
    try (Workload reference = new TorchReferences().openChecked(named(name), backend, 1)) {
      reference.run();
    }
  }

  @Test
  void whatHasNoReferenceIsAnError() {
    assertThatThrownBy(() -> new TorchReferences().openChecked(named("residual/copy"), backend, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("residual/copy");
  }

  @Test
  void itIsFoundByName() {
    assertThat(ReferenceLibrary.named("pytorch")).isPresent();
    assertThat(ReferenceLibrary.named("cpu")).isEmpty();
  }
}
