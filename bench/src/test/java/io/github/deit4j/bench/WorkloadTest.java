package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.backend.Backend;
import io.github.deit4j.backend.Backends;
import io.github.deit4j.tensor.TensorArena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkloadTest {
  private final Backend backend = Backends.select("cpu", 2).backend();

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void trainingLearnsItsBatch() {
    int open = TensorArena.open();
    try (Workload step = new TrainStep(backend, SmallModel.CONFIG, 4)) {
      float[] losses = step.check();
      assertThat(losses).hasSize(3);
      assertThat(losses[1]).isLessThan(losses[0]);
      assertThat(losses[2]).isLessThan(losses[1]);
    }
    assertThat(TensorArena.open()).isEqualTo(open);
  }

  @Test
  void inferenceGivesTheSameLogitsAgain() {
    try (Workload inference = new Inference(backend, SmallModel.CONFIG, 2)) {
      float[] logits = inference.check();
      assertThat(logits).hasSize(SmallModel.CONFIG.classes()).doesNotContain(0f);
      assertThat(inference.check()).isEqualTo(logits);
    }
  }
}
