package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.backend.AdamWStep;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CpuBackendTest {
  private static final int ROWS = 5;
  private static final int IN = 7;
  private static final int OUT = 9;

  @Test
  void preparedWeightsGiveTheSameBits() {
    try (CpuBackend backend = new CpuBackend(2);
        TensorArena arena = backend.arena("test", 1 << 20)) {
      Tensor w = filled(arena, OUT, IN);
      float[] before = linear(backend, arena, w);
      backend.prepare(w);
      assertThat(linear(backend, arena, w)).containsExactly(before);
    }
  }

  @Test
  void hostMemoryOfAnotherSizeIsRefusedAndNothingCopied() {
    try (CpuBackend backend = new CpuBackend(1);
        TensorArena arena = backend.arena("test", 1 << 20)) {
      Tensor x = filled(arena, 2, 3);
      MemorySegment before = copyOf(x).segment();
      for (int size : new int[] {5, 7}) {
        float[] host = new float[size];
        assertThatThrownBy(() -> backend.write(x, MemorySegment.ofArray(host)))
            .isInstanceOf(ShapeException.class)
            .hasMessageContainingAll("write", "[2, 3]", "24 bytes", "found " + 4 * size);
        assertThatThrownBy(() -> backend.read(MemorySegment.ofArray(host), x))
            .isInstanceOf(ShapeException.class)
            .hasMessageContaining("read");
        assertThat(host).containsOnly(0);
      }
      assertThat(x.segment().mismatch(before)).isEqualTo(-1);
    }
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change("write", (backend, w) -> backend.write(w, MemorySegment.ofArray(new float[63]))),
        change("write to a slice", (backend, w) -> backend.fill(w.slice(1, 3), 3f)),
        change("fill", (backend, w) -> backend.fill(w, 2f)),
        change(
            "copy", (backend, w) -> backend.copy(w, filled(w.arena(), IN, OUT).reshape(OUT, IN))),
        change("ema", (backend, w) -> backend.ema(w, w, 0.25)),
        change("sgd", (backend, w) -> backend.sgd(w, copyOf(w), copyOf(w), 1, 0, 0.9, 0.5)),
        change(
            "adamW",
            (backend, w) ->
                backend.adamW(
                    w,
                    copyOf(w),
                    copyOf(w),
                    copyOf(w),
                    new AdamWStep(1, 0.5, 0.9, 0.999, 1e-8, 0.1, 1))));
  }

  private static Arguments change(String name, BiConsumer<CpuBackend, Tensor> change) {
    return Arguments.of(name, change);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void aChangedWeightIsNotServedFromBefore(String name, BiConsumer<CpuBackend, Tensor> change) {
    try (CpuBackend backend = new CpuBackend(2);
        TensorArena arena = backend.arena("test", 1 << 20)) {
      Tensor prepared = filled(arena, OUT, IN);
      Tensor plain = filled(arena, OUT, IN);
      backend.prepare(prepared);
      change.accept(backend, prepared);
      change.accept(backend, plain);
      assertThat(linear(backend, arena, prepared)).containsExactly(linear(backend, arena, plain));
    }
  }

  private static float[] linear(CpuBackend backend, TensorArena arena, Tensor w) {
    Tensor y = arena.allocate(ROWS, OUT);
    backend.linear(y, filled(arena, ROWS, IN), w, filled(arena, OUT));
    float[] values = new float[ROWS * OUT];
    backend.read(MemorySegment.ofArray(values), y);
    return values;
  }

  private static Tensor filled(TensorArena arena, int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.segment().setAtIndex(JAVA_FLOAT, i, (i * 37 % 101) / 50f + 0.1f);
    }
    return tensor;
  }

  private static Tensor copyOf(Tensor source) {
    Tensor copy = source.arena().allocate(source.dtype(), source.shape());
    copy.segment().copyFrom(source.segment());
    return copy;
  }
}
