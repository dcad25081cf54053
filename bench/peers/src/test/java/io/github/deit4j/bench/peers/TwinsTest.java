package io.github.deit4j.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.bench.ConvolutionCases;
import io.github.deit4j.bench.OpCase;
import io.github.deit4j.bench.OpCases;
import io.github.deit4j.bench.OpTwins;
import io.github.deit4j.bench.Workload;
import io.github.deit4j.bench.jmh.ConvolutionBenchmark;
import io.github.deit4j.bench.jmh.OpBenchmark;
import io.github.deit4j.vit.DeiTConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.tensor.TensorArena;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

/** Every twin computes what the op computes; {@code openChecked} compares. */
class TwinsTest {
  private static final DeiTConfig SMALL = new DeiTConfig(32, 16, 3, 10, 32, 2, 2, 64, true);
  private static final RegNetConfig CONVOLUTIONAL =
      new RegNetConfig(
          32, 3, 10, 8, 1, RegNetConfig.stages(new int[] {1}, new int[] {16}, new int[] {8}));

  /** What ONNX Runtime has: the forward pass, without what we do around images. */
  private static final Set<String> IN_ONNX =
      Set.of(
          "linear",
          "feedForward",
          "gelu",
          "layerNorm",
          "attention",
          "attentionProbabilities",
          "add",
          "selectToken",
          "channelsLast",
          "channelsFirst",
          "convolution",
          "batchNorm",
          "averagePool",
          "scaleChannels",
          "relu",
          "sigmoid");

  private final Backend backend = Backends.select("cpu", 1).backend();
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private static Stream<String> ops(Class<?> benchmark) throws NoSuchFieldException {
    return Arrays.stream(benchmark.getField("op").getAnnotation(Param.class).value());
  }

  static Stream<String> names() throws NoSuchFieldException {
    return Stream.concat(ops(OpBenchmark.class), ops(ConvolutionBenchmark.class));
  }

  private OpCase named(String name) throws NoSuchFieldException {
    return ops(OpBenchmark.class).anyMatch(name::equals)
        ? OpCases.named(backend, arena, SMALL, 2, name)
        : ConvolutionCases.named(backend, arena, CONVOLUTIONAL, 1, 2, name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void pyTorch(String name) throws Exception {
    try (Workload twin = new TorchTwins().openChecked(named(name), backend, 1)) {
      twin.run();
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void onnxRuntime(String name) throws Exception {
    OpCase op = named(name);
    if (IN_ONNX.contains(op.op())) {
      try (Workload twin = new OnnxRuntimeTwins().openChecked(op, backend, 1)) {
        twin.run();
      }
    } else {
      assertThatThrownBy(() -> new OnnxRuntimeTwins().openChecked(op, backend, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(op.op());
    }
  }

  @Test
  void bothAreFoundByName() {
    assertThat(OpTwins.named("pytorch")).isPresent();
    assertThat(OpTwins.named("onnxruntime")).isPresent();
    assertThat(OpTwins.named("cpu")).isEmpty();
  }
}
