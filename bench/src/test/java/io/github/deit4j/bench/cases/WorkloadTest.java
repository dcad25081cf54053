package io.github.deit4j.bench.cases;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.ValueLayout;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WorkloadTest {
  private final Backend backend = Backends.select("cpu", 2).backend();

  @AfterEach
  void close() {
    backend.close();
  }

  private static Stream<ModelConfig> models() {
    return Stream.of("fashion-mnist", "fashion-mnist-convnet").map(BenchmarkModels::config);
  }

  @ParameterizedTest
  @MethodSource("models")
  void trainingLearnsItsBatch(ModelConfig config) {
    int open = TensorArena.open();
    try (Workload step = new ModelWorkload.TrainStep(backend, config, 4)) {
      float[] losses = step.check();
      assertThat(losses).hasSize(3);
      assertThat(losses[1]).isLessThan(losses[0]);
      assertThat(losses[2]).isLessThan(losses[1]);
    }
    assertThat(TensorArena.open()).isEqualTo(open);
  }

  @ParameterizedTest
  @MethodSource("models")
  void inferenceGivesTheSameLogitsAgain(ModelConfig config) {
    try (Workload inference = new ModelWorkload.Inference(backend, config, 2)) {
      float[] logits = inference.check();
      assertThat(logits).hasSize(config.classes()).doesNotContain(0f);
      assertThat(inference.check()).isEqualTo(logits);
    }
  }

  /** A block whose branch had no weight would hide what its convolutions compute. */
  @Test
  void everyBranchOfARegNetYCounts() {
    ModelConfig config = BenchmarkModels.config("fashion-mnist-convnet");
    try (Model model = BenchmarkModels.create(backend, config, false)) {
      assertThat(model.parameters())
          .filteredOn(parameter -> parameter.name().endsWith(".conv3.bn.weight"))
          .isNotEmpty()
          .allSatisfy(
              weight ->
                  assertThat(weight.value().segment().toArray(ValueLayout.JAVA_FLOAT))
                      .containsOnly(1f));
    }
  }
}
