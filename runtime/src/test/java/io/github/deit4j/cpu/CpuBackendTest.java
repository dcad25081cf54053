package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class CpuBackendTest {
  private static final long NUMBERS = 3 * 224 * 224;

  @Test
  void threadsTakeUpToFourImagesAndNoMoreThanTheirShare() {
    try (var backend = new CpuBackend(2)) {
      assertThat(backend.inferenceSlice(1, NUMBERS)).isEqualTo(1);
      assertThat(backend.inferenceSlice(3, NUMBERS)).isEqualTo(1);
      assertThat(backend.inferenceSlice(7, NUMBERS)).isEqualTo(3);
      assertThat(backend.inferenceSlice(32, NUMBERS)).isEqualTo(4);
    }
  }

  @Test
  void ofLargeImagesThreadsTakeOneAndOfSmallOnesTheirShare() {
    try (var backend = new CpuBackend(2)) {
      assertThat(backend.inferenceSlice(32, 100 * NUMBERS)).isEqualTo(1);
      assertThat(backend.inferenceSlice(64, 28 * 28)).isEqualTo(32);
    }
  }

  @Test
  void closedBackendRefusesToWork() {
    Backend backend = new CpuBackend(2);
    try (TensorArena arena = backend.arena("test")) {
      Tensor x = arena.allocate(4, 4);
      Tensor bias = arena.allocate(4);
      backend.fill(x, 1);
      backend.close();
      List<ThrowingCallable> uses =
          List.of(
              () -> backend.fill(x, 2),
              () -> backend.linear().linear(x, x, x, bias),
              () -> backend.toArray(x),
              () -> backend.arena("another"));
      assertThat(uses)
          .allSatisfy(
              use ->
                  assertThatIllegalStateException()
                      .isThrownBy(use)
                      .withMessageContaining("backend cpu is closed"));
      assertThat(x.segment().getAtIndex(JAVA_FLOAT, 3)).isEqualTo(1);
      backend.close();
    }
  }
}
