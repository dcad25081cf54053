package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TargetsTest {
  private static final int CLASSES = 3;
  private static final int[] LABELS = {0, 1, 2, 2};
  private static final int[] OTHERS = {2, 1, 0, 1};
  private static final double[] LAMBDAS = {0.75, 0.3, 1, 0};
  private static final float[] WEIGHTS = {0.1f, 3, 0.7f};

  private final Backend backend = new CpuBackend(1);
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private float[] mixed(float[] weights) {
    return Tensors.floats(
        backend, Targets.mixed(backend, arena, LABELS, OTHERS, LAMBDAS, CLASSES, 0.1, weights));
  }

  @Test
  void everyProbabilityIsMultipliedByTheWeightOfItsClass() {
    float[] plain = mixed(null);
    float[] weighted = mixed(WEIGHTS);
    for (int i = 0; i < plain.length; i++) {
      assertThat(weighted[i]).as("target %d", i).isEqualTo(plain[i] * WEIGHTS[i % CLASSES]);
    }
    assertThat(plain[0]).isEqualTo((float) (0.9 * 0.75 + 0.1 / 3));
    assertThat(plain[2]).isEqualTo((float) (0.9 * 0.25 + 0.1 / 3));
    assertThat(mixed(new float[] {1, 1, 1})).containsExactly(plain);
  }

  @Test
  void aMixedImageHasTheMeanWeightOfTheLabelsThatAreInIt() {
    float[] weights = Targets.imageWeights(LABELS, OTHERS, LAMBDAS, WEIGHTS);
    assertThat(weights)
        .containsExactly((float) ((WEIGHTS[0] + (double) WEIGHTS[2]) / 2), 3, 0.7f, 3);
    float[] rows =
        Tensors.floats(backend, Targets.binary(backend, arena, LABELS, OTHERS, LAMBDAS, CLASSES));
    for (int i = 0; i < LABELS.length; i++) {
      double sum = 0;
      int labels = 0;
      for (int c = 0; c < CLASSES; c++) {
        sum += rows[i * CLASSES + c] * WEIGHTS[c];
        labels += rows[i * CLASSES + c] > 0 ? 1 : 0;
      }
      assertThat(weights[i]).isEqualTo((float) (sum / labels));
    }
  }
}
