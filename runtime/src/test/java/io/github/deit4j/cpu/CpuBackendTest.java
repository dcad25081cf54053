package io.github.deit4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

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
}
