package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.op.NormalizationOps.BatchNormGradients;
import io.github.deit4j.op.NormalizationOps.BatchNormLayer;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.op.OpRunner.Readback;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.RecordedStep;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever call fails, the exception is typed, nothing is left behind, and the next try works. */
class CudaFailuresTest {
  private static final int MOST_CALLS = 5000;

  private final CudaStandIn standIn = CudaStandIn.require();

  @AfterEach
  void nothingIsLeft() {
    standIn.requireClean();
  }

  /** What is tried again and again, from opening the device to closing it. */
  private enum Work {
    LINEAR(() -> step(Precision.FP32)),
    GRAPH(CudaFailuresTest::recordedSteps),
    ACTIVATIONS(CudaFailuresTest::activationsStep),
    CONVOLUTION(CudaFailuresTest::convolutionStep);

    private final Supplier<float[]> step;

    Work(Supplier<float[]> step) {
      this.step = step;
    }
  }

  /** A convolution with its normalisation and pooling, forward and backward. */
  private static float[] convolutionStep() {
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        TensorArena arena = backend.arena("step", 1 << 24)) {
      ConvolutionOps ops = backend.convolution();
      Tensor x = filled(backend, arena, 2, 2, 9, 9, 6);
      Tensor w = filled(backend, arena, 1, 8, 3, 3, 3);
      Tensor y = arena.allocate(2, 5, 5, 8);
      Tensor mean = arena.allocate(8);
      Tensor variance = arena.allocate(8);
      Tensor scale = filled(backend, arena, 1, 8);
      Tensor bias = filled(backend, arena, 0, 8);
      Tensor z = arena.allocate(2, 5, 5, 8);
      Tensor pooled = arena.allocate(2, 8);
      ops.convolution(y, x, w, 2, 2);
      NormalizationOps norm = backend.normalization();
      var statistics = new Statistics(mean, variance);
      norm.batchStatistics(statistics, y);
      norm.updateStatistics(new Statistics(bias, scale), statistics, 50, 0.1);
      var layer = new BatchNormLayer(new Statistics(mean, variance), scale, bias, 1e-5, true);
      norm.batchNorm(z, y, null, layer);
      ops.averagePool(pooled, z);
      ops.averagePoolBackward(z, z, pooled);
      norm.batchNormBackward(new BatchNormGradients(z, null, scale, bias), z, y, null, layer);
      ops.convolutionWeightGradient(w, z, x, 2, 2);
      ops.convolutionInputGradient(x, z, w, 2, 2);
      float[] result = new float[2 * 9 * 9 * 6];
      backend.read(MemorySegment.ofArray(result), x);
      return result;
    }
  }

  /** Steps that are noted, captured, launched as a graph, and others; a read that comes later. */
  private static float[] recordedSteps() {
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        TensorArena arena = backend.arena("step", 1 << 24)) {
      Tensor x = filled(backend, arena, 1, 16, 8);
      Tensor w = filled(backend, arena, 2, 8, 8);
      Tensor b = filled(backend, arena, 1, 8);
      Tensor y = arena.allocate(16, 8);
      float[] result = new float[16 * 8];
      for (int rows : new int[] {16, 16, 5, 16, 5}) {
        Readback copy;
        try (RecordedStep step = backend.recordStep()) {
          Tensor some = x.slice(0, rows);
          backend.linear().linear(y.slice(0, rows), some, w, b);
          backend.elementwise().addBranch(some, new Residual(some, new float[rows], null), some);
          copy = backend.readLater(MemorySegment.ofArray(result), y);
          step.launch();
        }
        copy.await();
      }
      return result;
    }
  }

  /** A training step on one linear layer. */
  private static float[] step(Precision precision) {
    try (Backend backend = new CudaBackend(0, precision);
        TensorArena model = backend.arena("model", 1 << 20);
        TensorArena step = backend.arena("step", 1 << 24)) {
      Tensor w = filled(backend, model, 3, 24, 300);
      Tensor b = filled(backend, model, 0, 24);
      Tensor dw = filled(backend, model, 0, 24, 300);
      Tensor db = filled(backend, model, 0, 24);
      Tensor x = filled(backend, step, 2, 256, 300);
      Tensor y = step.allocate(256, 24);
      Tensor losses = step.allocate(DType.F64, Shape.of(256));
      Tensor dy = step.allocate(256, 24);
      Tensor targets = filled(backend, step, 1, 256, 24);
      backend.linear().linear(y, x, w, b);
      backend.loss().crossEntropy(losses, dy, y, targets, 0.5);
      backend.linear().linearParameterGradients(dw, db, dy, x);
      assertThat(backend.optimizer().sumOfSquares(List.of(dw, db))).isNotNaN();
      Tensor m = filled(backend, model, 0, 24, 300);
      Tensor v = filled(backend, model, 0, 24, 300);
      backend.optimizer().adamW(w, m, v, dw, new AdamWStep(1, 0.1, 0.9, 0.999, 1e-8, 0.05));
      float[] result = new float[24 * 300];
      backend.read(MemorySegment.ofArray(result), w);
      return result;
    }
  }

  /** A block on activations in BF16, forward and backward, and its weight's update. */
  private static float[] activationsStep() {
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        TensorArena model = backend.arena("model", 1 << 20);
        TensorArena step = backend.arena("step", 1 << 24)) {
      Tensor w = filled(backend, model, 0.01f, 16, 16);
      Tensor b = filled(backend, model, 0.5f, 16);
      Shape shape = Shape.of(2, 20, 16);
      Tensor x = step.allocate(DType.BF16, shape);
      backend.fill(x, 2);
      Tensor y = step.allocate(DType.BF16, shape);
      Tensor mean = step.allocate(40);
      Tensor rstd = step.allocate(40);
      backend.normalization().layerNorm(y, mean, rstd, x, b, b, 1e-6f);
      Tensor qkv = step.allocate(DType.BF16, Shape.of(2, 20, 48));
      backend.fill(qkv, 0.5f);
      Tensor max = step.allocate(2, 1, 20);
      Tensor reciprocal = step.allocate(2, 1, 20);
      Tensor attended = step.allocate(DType.BF16, shape);
      backend.attention().attention(attended, max, reciprocal, qkv, 1);
      Tensor pre = step.allocate(DType.BF16, shape);
      backend.linear().linear(y, attended, w, b, new LinearEpilogue.Gelu(pre));
      Tensor sum = step.allocate(DType.BF16, shape);
      var add = new LinearEpilogue.Add(Residual.to(x), null);
      backend.linear().linear(sum, y, w, b, add);
      backend.linear().linearInputGradient(y, sum, w, pre);
      Tensor dw = filled(backend, model, 0, 16, 16);
      Tensor db = filled(backend, model, 0, 16);
      backend.linear().linearParameterGradients(dw, db, y, attended);
      Tensor dqkv = step.allocate(DType.BF16, qkv.shape());
      backend.attention().attentionBackward(dqkv, y, attended, qkv, max, reciprocal, 1);
      Tensor scale = filled(backend, model, 0, 16);
      backend.normalization().layerNormGradients(pre, scale, db, x, y, x, b, mean, rstd);
      Tensor m = filled(backend, model, 0, 16, 16);
      Tensor v = filled(backend, model, 0, 16, 16);
      backend.optimizer().adamW(w, m, v, dw, new AdamWStep(1, 0.1, 0.9, 0.999, 1e-8, 0.05));
      backend.linear().linear(sum, y, w, b, add);
      float[] result = new float[16 * 16 + 16];
      backend.read(MemorySegment.ofArray(result).asSlice(0, 1024), w);
      backend.read(MemorySegment.ofArray(result).asSlice(1024), db);
      return result;
    }
  }

  private static Tensor filled(Backend backend, TensorArena arena, float value, int... sizes) {
    Tensor tensor = arena.allocate(sizes);
    float[] values = new float[(int) tensor.elements()];
    Arrays.fill(values, value);
    backend.write(tensor, MemorySegment.ofArray(values));
    return tensor;
  }

  /** Lets the first call fail, then the second, and so on until a run has fewer calls. */
  private void failEveryCall(Work work, String function, Class<? extends DeviceException> type) {
    float[] expected = work.step.get();
    int call = 1;
    for (; call <= MOST_CALLS; call++) {
      standIn.reset();
      standIn.failAt(function, call, 0);
      try {
        float[] result = work.step.get();
        if (standIn.calls(function) < call) {
          break;
        }
        assertThat(result).as("%s, call %d: failed unnoticed", function, call).isEqualTo(expected);
      } catch (DeviceException e) {
        assertThat(e).as("%s, call %d", function, call).isInstanceOf(type);
        assertThat(e.getMessage()).isNotBlank();
      }
      standIn.requireClean();
    }
    assertThat(call).as("calls of " + function).isBetween(2, MOST_CALLS);
    standIn.reset();
    assertThat(work.step.get()).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void anyCallMayFail(Work work) {
    failEveryCall(work, "*", DeviceException.class);
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void anyAllocationOnTheDeviceMayFail(Work work) {
    failEveryCall(work, "cuMemAlloc_v2", DeviceException.OutOfMemory.class);
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void anyAllocationOfPinnedMemoryMayFail(Work work) {
    failEveryCall(work, "cuMemAllocHost_v2", DeviceException.OutOfMemory.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nvrtcCreateProgram",
        "nvrtcCompileProgram",
        "nvrtcGetCUBINSize",
        "nvrtcGetCUBIN",
        "nvrtcDestroyProgram"
      })
  void compilerMayFail(String function, @TempDir Path empty) {
    String folder = System.setProperty("deit4j.kernels", empty.toString());
    try {
      standIn.failAt(function, 1, 0);
      assertThatExceptionOfType(DeviceException.Failed.class)
          .isThrownBy(() -> step(Precision.FP32))
          .withMessageContaining("NVRTC_ERROR_");
    } finally {
      System.setProperty("deit4j.kernels", folder);
    }
  }

  @Test
  void memoryThatIsNotThereIsReportedWithWhoHasTheRest() {
    standIn.set("memory", 64 << 20);
    try (Backend backend = new CudaBackend(0, Precision.FP32);
        TensorArena model = backend.arena("model", Long.MAX_VALUE);
        TensorArena step = backend.arena("step", Long.MAX_VALUE)) {
      model.allocate(1000, 1000);
      assertThatExceptionOfType(DeviceException.OutOfMemory.class)
          .isThrownBy(() -> step.allocate(10_000, 1000))
          .withMessageContainingAll(
              "cuda:0: arena 'step' asked for 40,000,000 bytes",
              " of 67,108,864 are free",
              "smaller batch",
              "arena model               4,000,000 bytes",
              "arena products           33,554,432 bytes")
          .matches(failure -> failure.requested() == 40_000_000)
          .matches(failure -> failure.free() == (64 << 20) - 4_000_000 - (32 << 20));
      // What has failed has changed nothing.
      Tensor x = filled(backend, step, 5, 1000);
      float[] values = new float[1000];
      backend.read(MemorySegment.ofArray(values), x);
      assertThat(values).containsOnly(5);
    }
  }

  /** A real device is lost to the process after that, until its last user has closed it. */
  @Test
  void deviceThatHasFailedCanBeClosedAndOpenedAgain() {
    float[] expected = step(Precision.FP32);
    Backend backend = new CudaBackend(0, Precision.FP32);
    try (TensorArena arena = backend.arena("step", 1 << 20)) {
      Tensor x = filled(backend, arena, 5, 1000);
      standIn.set("sticky", 700);
      backend.elementwise().add(x, x, x);
      assertThatExceptionOfType(DeviceException.Failed.class)
          .isThrownBy(() -> backend.read(MemorySegment.ofArray(new float[1000]), x))
          .withMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
      assertThatExceptionOfType(DeviceException.Failed.class)
          .isThrownBy(() -> backend.elementwise().add(x, x, x))
          .withMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
      assertThatExceptionOfType(DeviceException.Failed.class).isThrownBy(backend::close);
    } catch (DeviceException.Failed closing) {
      assertThat(closing).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
    }
    standIn.requireNothingLive();
    standIn.set("sticky", 0);
    assertThat(step(Precision.FP32)).isEqualTo(expected);
  }
}
