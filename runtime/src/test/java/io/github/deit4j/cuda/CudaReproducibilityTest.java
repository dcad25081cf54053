package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same calls give the same bits, from whichever thread. */
@ExtendWith(OnStandIn.class)
class CudaReproducibilityTest {
  private static final int THREADS = 3;
  private static final int TOKENS = 7;
  private static final int WIDTH = 16;

  @ParameterizedTest
  @EnumSource
  void anotherRunHasTheSameBits(Precision precision) {
    assertThat(run(precision)).containsExactly(run(precision));
  }

  private static float[] run(Precision precision) {
    try (Backend backend = new CudaBackend(0, precision)) {
      return run(backend);
    }
  }

  @Test
  void threadsThatShareABackendDoNotDisturbEachOther() throws Exception {
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        var threads = Executors.newFixedThreadPool(THREADS)) {
      float[] expected = run(backend);
      List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        results.add(threads.submit(() -> run(backend)));
      }
      for (Future<float[]> result : results) {
        assertThat(result.get()).containsExactly(expected);
      }
    }
  }

  /** Returns the gradients of half a transformer block. */
  private static float[] run(Backend backend) {
    var random = new SplittableRandom(1);
    try (TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      Parameter w = parameter(backend, arena, random, 3 * WIDTH, WIDTH);
      Parameter b = parameter(backend, arena, random, 3 * WIDTH);
      Parameter scale = parameter(backend, arena, random, WIDTH);
      Parameter shift = parameter(backend, arena, random, WIDTH);
      Tape tape = new Tape(backend, arena);
      Ops ops = Ops.recording(backend, arena, tape);
      Tensor x = tensor(backend, arena, random, 2, TOKENS, WIDTH);
      Tensor branch = ops.linear(ops.layerNorm(x, scale, shift, 1e-6f), w, b);
      Tensor y =
          ops.addBranch(x, ops.gelu(ops.tokens().attention(branch, 1)), new float[] {1.25f, 0});
      tape.addGradient(y, tensor(backend, arena, random, 2, TOKENS, WIDTH));
      tape.backward();
      return Tensors.floats(backend, w.gradient());
    }
  }

  private static Parameter parameter(
      Backend backend, TensorArena arena, SplittableRandom random, int... sizes) {
    Tensor gradient = arena.allocate(sizes);
    backend.fill(gradient, 0);
    return new Parameter("p", tensor(backend, arena, random, sizes), gradient);
  }

  private static Tensor tensor(
      Backend backend, TensorArena arena, SplittableRandom random, int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    Tensors.write(backend, tensor, Tensors.gaussian(random, tensor.elements(), 1));
    return tensor;
  }
}
