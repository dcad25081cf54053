package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Algorithms of products are timed once on a machine, and kept. */
@ExtendWith(OnStandIn.class)
class CudaTimedAlgorithmsTest {
  private static final String ALGORITHMS = "deit4j.cuda.algorithms";
  private static final String KERNELS = "deit4j.kernels";
  private static final int ROWS = 16;

  @TempDir Path folder;

  private final CudaStandIn standIn = CudaStandIn.require();
  private String kernels;

  @BeforeEach
  void keepApart() {
    kernels = System.setProperty(KERNELS, folder.toString());
    System.setProperty(ALGORITHMS, "timed");
  }

  @AfterEach
  void asBefore() {
    System.clearProperty(ALGORITHMS);
    System.setProperty(KERNELS, kernels);
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(each -> each.toString().endsWith(".algorithm")).toList();
    }
  }

  private static float[] multiply() {
    var random = new SplittableRandom(1);
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        TensorArena arena = backend.arena("test")) {
      Tensor x = arena.allocate(DType.BF16, Shape.of(ROWS, ROWS));
      backend.fill(x, 0.5f);
      Tensor w = Tensors.of(backend, arena, Tensors.gaussian(random, 256, 1), ROWS, ROWS);
      Tensor b = Tensors.of(backend, arena, Tensors.gaussian(random, 16, 1), ROWS);
      Tensor pre = arena.allocate(DType.BF16, x.shape());
      Tensor y = arena.allocate(DType.BF16, x.shape());
      backend.linear().linear(y, x, w, b, new LinearEpilogue.Gelu(pre));
      Tensor sum = arena.allocate(DType.BF16, x.shape());
      backend.linear().linear(sum, y, w, b, new LinearEpilogue.Add(Residual.to(pre), null));
      backend.linear().linearInputGradient(y, sum, w, pre);
      backend.linear().linearParameterGradients(w, b, y, x);
      float[] gradients = Tensors.floats(backend, w);
      assertThat(Tensors.floats(backend, b)).isNotEmpty().doesNotContain(Float.NaN);
      return gradients;
    }
  }

  @Test
  void theFastestIsTakenFromThenOn() throws IOException {
    standIn.set("slowAlgorithms", 2);
    float[] first = multiply();
    assertThat(kept()).hasSize(4);
    long timed = standIn.calls("algorithm0");
    assertThat(timed).isEqualTo(4 * 6);
    assertThat(standIn.calls("algorithm1")).isEqualTo(4 * 6);
    assertThat(standIn.calls("algorithm2")).isEqualTo(4 * 7);

    standIn.set("slowAlgorithms", 0);
    assertThat(multiply()).isEqualTo(first);
    assertThat(standIn.calls("algorithm0")).isEqualTo(timed);
    assertThat(standIn.calls("algorithm2")).isEqualTo(4 * 8);
  }

  @Test
  void aDamagedChoiceIsMadeAnew() throws IOException {
    float[] first = multiply();
    for (Path each : kept()) {
      Files.write(each, new byte[40]);
    }
    standIn.set("slowAlgorithms", 1);
    assertThat(multiply()).isEqualTo(first);
    for (Path each : kept()) {
      assertThat(Files.size(each)).isEqualTo(32 + 64);
    }
  }

  @Test
  void whereNothingCanBeKeptNothingIsTimed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    System.setProperty(KERNELS, file.resolve("kernels").toString());
    multiply();
    assertThat(standIn.calls("algorithm0")).isEqualTo(4);
    assertThat(standIn.calls("algorithm1")).isZero();
  }
}
