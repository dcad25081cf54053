package io.github.deit4j.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies between host and device, whenever the device gets round to them. */
@ExtendWith(Seed.class)
class CudaTransfersTest {
  private final CudaStandIn standIn = CudaStandIn.require();

  @AfterEach
  void nothingIsLeft() {
    standIn.requireClean();
  }

  private static byte[] random(RandomGenerator random, int bytes) {
    byte[] values = new byte[bytes];
    random.nextBytes(values);
    return values;
  }

  private static Tensor bytes(TensorArena arena, int count) {
    return arena.allocate(DType.U8, Shape.of(count));
  }

  private static byte[] read(CudaContext context, Tensor tensor) {
    byte[] values = new byte[(int) tensor.elements()];
    context.read(MemorySegment.ofArray(values), tensor);
    return values;
  }

  /**
   * Sizes around all limits: of small copies, of buffers of both directions. The host's array is
   * overwritten as soon as the call is back.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void whatWasWrittenIsThere(int eager, RandomGenerator random) {
    standIn.set("eager", eager);
    int[] sizes = {1, 63, 64 << 10, (64 << 10) + 1, 300_000, (4 << 20) + 3, 9 << 20, 5, 1 << 20};
    try (var context = new CudaContext(0, Precision.FP32);
        TensorArena arena = context.arena("step", 1L << 30)) {
      List<Tensor> tensors = new ArrayList<>();
      List<byte[]> expected = new ArrayList<>();
      for (int size : sizes) {
        byte[] values = random(random, size);
        expected.add(values.clone());
        tensors.add(bytes(arena, size));
        context.write(tensors.getLast(), MemorySegment.ofArray(values));
        Arrays.fill(values, (byte) 0);
      }
      for (int i = 0; i < sizes.length; i++) {
        assertThat(read(context, tensors.get(i)))
            .as(sizes[i] + " bytes")
            .isEqualTo(expected.get(i));
      }
    }
  }

  /** Of sizes on both sides of all limits together; the last ones fill more than a buffer. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void piecesAreThereOneAfterTheOther(int eager, RandomGenerator random) {
    standIn.set("eager", eager);
    int[][] sizes = {{}, {0, 5, 0}, {63, 1, 64 << 10}, {7, 300_000, 0, 150_001}, {1, 64 << 20, 9}};
    try (var context = new CudaContext(0, Precision.FP32);
        TensorArena arena = context.arena("step", 1L << 30)) {
      for (int[] each : sizes) {
        int size = Arrays.stream(each).sum();
        byte[] expected = random(random, size);
        List<MemorySegment> pieces = new ArrayList<>();
        int at = 0;
        for (int piece : each) {
          pieces.add(MemorySegment.ofArray(Arrays.copyOfRange(expected, at, at + piece)));
          at += piece;
        }
        Tensor tensor = bytes(arena, size);
        context.write(tensor, pieces);
        assertThat(Arrays.equals(read(context, tensor), expected))
            .as(Arrays.toString(each))
            .isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void manySmallWritesGoRoundTheRing(int eager, RandomGenerator random) {
    standIn.set("eager", eager);
    try (var context = new CudaContext(0, Precision.FP32);
        TensorArena arena = context.arena("step", 1L << 30)) {
      List<Tensor> tensors = new ArrayList<>();
      List<byte[]> expected = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        byte[] values = random(random, random.nextInt(1, 64 << 10));
        expected.add(values);
        tensors.add(bytes(arena, values.length));
        context.write(tensors.getLast(), MemorySegment.ofArray(values));
      }
      for (int i = 0; i < tensors.size(); i++) {
        assertThat(read(context, tensors.get(i))).isEqualTo(expected.get(i));
      }
    }
  }

  /** Every step writes its batch to the same memory while the step before may still be at work. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void stepsSeeTheirOwnBatch(int eager, RandomGenerator random) {
    standIn.set("eager", eager);
    int elements = 100_000;
    try (var context = new CudaContext(0, Precision.FP32);
        TensorArena model = context.arena("model", 1L << 30);
        TensorArena step = context.arena("step", 1L << 30)) {
      Tensor sum = model.allocate(elements);
      context.write(sum, MemorySegment.ofArray(new float[elements]));
      float[] expected = new float[elements];
      Kernel add = context.kernel("elementwise", "add");
      for (int i = 0; i < 8; i++) {
        step.reset();
        Tensor batch = step.allocate(elements);
        float[] values = new float[elements];
        for (int j = 0; j < elements; j++) {
          values[j] = random.nextInt(1000);
          expected[j] += values[j];
        }
        context.write(batch, MemorySegment.ofArray(values));
        add.launch(Grid.cover(elements, 256), sum, sum, batch, (long) elements);
      }
      float[] found = new float[elements];
      context.read(MemorySegment.ofArray(found), sum);
      assertThat(found).isEqualTo(expected);
    }
  }

  @Test
  void steadyStepAllocatesNothingAndHasTheSameAddresses() {
    try (var context = new CudaContext(0, Precision.FP32);
        TensorArena step = context.arena("step", 1L << 30)) {
      long first = oneStep(context, step);
      oneStep(context, step);
      long allocations = standIn.calls("cuMemAlloc_v2") + standIn.calls("cuMemAllocHost_v2");
      long loads = standIn.calls("cuModuleLoadData");
      long choices = standIn.calls("cublasLtMatmulAlgoGetHeuristic");
      for (int i = 0; i < 5; i++) {
        assertThat(oneStep(context, step)).isEqualTo(first);
      }
      assertThat(standIn.calls("cuMemAlloc_v2") + standIn.calls("cuMemAllocHost_v2"))
          .isEqualTo(allocations);
      assertThat(standIn.calls("cuModuleLoadData")).isEqualTo(loads);
      assertThat(standIn.calls("cublasLtMatmulAlgoGetHeuristic")).isEqualTo(choices).isPositive();
    }
  }

  private static long oneStep(CudaContext context, TensorArena step) {
    step.reset();
    Tensor x = step.allocate(300, 200);
    Tensor w = step.allocate(50, 200);
    Tensor y = step.allocate(300, 50);
    context.write(x, MemorySegment.ofArray(new float[300 * 200]));
    context.write(w, MemorySegment.ofArray(new float[50 * 200]));
    context.matrixProduct().multiply(y, x, false, w, true, 0, null);
    context.kernel("elementwise", "add").launch(Grid.cover(15_000, 256), y, y, y, 15_000L);
    context.read(MemorySegment.ofArray(new float[15_000]), y);
    return x.address("cuda:0") ^ w.address("cuda:0") << 1 ^ y.address("cuda:0") << 2;
  }

  @Test
  void copiesAreMadeInTheOrderOfTheCalls(RandomGenerator random) {
    try (var context = new CudaContext(0, Precision.FP32);
        TensorArena arena = context.arena("step", 1L << 20)) {
      byte[] values = random(random, 1000);
      Tensor from = bytes(arena, 1000);
      Tensor to = bytes(arena, 1000);
      context.write(from, MemorySegment.ofArray(values));
      context.copy(to, from);
      context.write(from, MemorySegment.ofArray(new byte[1000]));
      assertThat(read(context, to)).isEqualTo(values);
      assertThat(read(context, from)).containsOnly(0);
    }
  }

  @Test
  void emptyTensorsAreNoWork() {
    try (var context = new CudaContext(0, Precision.FP32);
        TensorArena arena = context.arena("step", 1L << 20)) {
      Tensor empty = bytes(arena, 0);
      context.write(empty, MemorySegment.ofArray(new byte[0]));
      context.copy(bytes(arena, 0), empty);
      assertThat(read(context, empty)).isEmpty();
    }
  }
}
