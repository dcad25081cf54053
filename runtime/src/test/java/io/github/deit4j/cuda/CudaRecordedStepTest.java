package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.Clipping;
import io.github.deit4j.op.OpRunner.Readback;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.OptimizerOps.AdamWUpdate;
import io.github.deit4j.op.RecordedStep;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import io.github.deit4j.testing.Tensors;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps that are noted and launched as a graph do what steps do whose ops come one by one. */
@ExtendWith(Seed.class)
class CudaRecordedStepTest {
  private static final int ROWS = 40;
  private static final int WIDTH = 24;
  private static final int STEPS = 6;

  private final CudaStandIn standIn = CudaStandIn.require();

  @AfterEach
  void nothingIsLeft() {
    standIn.requireClean();
  }

  /** A step on one layer, whose numbers all change from step to step; and its loss and norm. */
  private static final class Layer implements AutoCloseable {
    private final Backend backend;
    private final TensorArena model;
    private final TensorArena step;
    private final Tensor w;
    private final Tensor b;
    private final Tensor dw;
    private final Tensor db;
    private final Tensor m;
    private final Tensor v;

    Layer(Backend backend) {
      this.backend = backend;
      model = backend.arena("model");
      step = backend.arena("step");
      w = filled(WIDTH, WIDTH);
      b = filled(WIDTH);
      dw = model.allocate(WIDTH, WIDTH);
      db = model.allocate(WIDTH);
      m = model.allocate(WIDTH, WIDTH);
      v = model.allocate(WIDTH, WIDTH);
      backend.fill(List.of(m, v), 0f);
    }

    private Tensor filled(int... sizes) {
      Tensor tensor = model.allocate(sizes);
      Random random = new Random(5);
      Tensors.write(backend, tensor, Tensors.gaussian(random, tensor.elements(), 1));
      return tensor;
    }

    /** Does the ops of a step; returns its numbers, which come later. */
    double[] run(int number, int rows, List<Readback> copies) {
      step.reset();
      Random random = new Random(number);
      Tensor x = step.allocate(rows, WIDTH);
      backend.write(x, MemorySegment.ofArray(Tensors.gaussian(random, x.elements(), 1)));
      backend.fill(List.of(dw, db), 0f);
      Tensor y = step.allocate(rows, WIDTH);
      backend.linear().linear(y, x, w, b);
      float[] factors = new float[rows];
      for (int i = 0; i < rows; i++) {
        factors[i] = random.nextFloat();
      }
      backend.elementwise().addBranch(y, new Residual(x, factors, null), y);
      backend.elementwise().dropout(y, y, 0.2, new StreamKey(1, 2, number, 4));
      Tensor targets = step.allocate(rows, WIDTH);
      var numbersOfTargets = MemorySegment.ofArray(Tensors.gaussian(random, targets.elements(), 1));
      List<MemorySegment> pieces =
          List.of(numbersOfTargets.asSlice(0, 7), numbersOfTargets.asSlice(7));
      backend.write(targets, pieces);
      Tensor results = step.allocate(DType.F64, Shape.of(2 + rows));
      Tensor dy = step.allocate(rows, WIDTH);
      backend.loss().crossEntropy(results.slice(2, 2 + rows), dy, y, targets, 1);
      backend.linear().linearParameterGradients(dw, db, dy, x);
      Tensor scale = results.slice(0, 2);
      var clipping = new Clipping(0.5, Clipping.Rule.TORCH);
      backend.optimizer().gradientScale(scale, List.of(dw, db), clipping);
      var adamW = new AdamWStep(number + 1, 0.1 / (number + 1), 0.9, 0.999, 1e-8, 0.05);
      var update = new AdamWUpdate(w, m, v, dw, adamW, null);
      backend.optimizer().adamW(List.of(update), scale);
      double[] numbers = new double[2 + rows];
      copies.add(backend.readLater(MemorySegment.ofArray(numbers), results));
      return numbers;
    }

    @Override
    public void close() {
      try (model) {
        step.close();
      }
    }
  }

  /** What steps have left: the weights, and the numbers of each. */
  private record Outcome(float[] weights, List<double[]> numbers) {
    void requireSame(Outcome other) {
      assertThat(weights).containsExactly(other.weights);
      assertThat(numbers).usingRecursiveComparison().isEqualTo(other.numbers);
    }
  }

  /** Takes steps whose numbers are waited for when the next one is queued. */
  private static Outcome train(boolean recorded, Precision precision, int... rows) {
    try (Backend backend = new CudaBackend(0, precision);
        Layer layer = new Layer(backend)) {
      return train(layer, recorded, rows);
    }
  }

  private static Outcome train(Layer layer, boolean recorded, int... rows) {
    List<double[]> numbers = new ArrayList<>();
    List<Readback> copies = new ArrayList<>();
    for (int number = 0; number < rows.length; number++) {
      try (RecordedStep step = recorded ? layer.backend.recordStep() : RecordedStep.NONE) {
        numbers.add(layer.run(number, rows[number], copies));
        step.launch();
      }
      if (number > 0) {
        copies.get(number - 1).await();
      }
    }
    copies.getLast().await();
    return new Outcome(Tensors.floats(layer.backend, layer.w), numbers);
  }

  private static int[] same(int rows) {
    int[] all = new int[STEPS];
    Arrays.fill(all, rows);
    return all;
  }

  private long graphLaunches() {
    return standIn.calls("cuGraphLaunch");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void graphsGiveTheBitsOfOpsOneByOne(int eager) {
    for (Precision precision : Precision.values()) {
      standIn.reset();
      standIn.set("eager", eager);
      Outcome expected = train(false, precision, same(ROWS));
      assertThat(graphLaunches()).isZero();
      train(true, precision, same(ROWS)).requireSame(expected);
      assertThat(standIn.calls("cuStreamBeginCapture_v2")).isEqualTo(1);
      assertThat(graphLaunches()).as("all but the first").isEqualTo(STEPS - 1);
    }
  }

  @Test
  void aKnownStepIsOneLaunchAndNoWait() {
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        Layer layer = new Layer(backend)) {
      train(layer, true, same(ROWS));
      long launches = standIn.calls("cuLaunchKernel") + standIn.calls("cublasLtMatmul");
      long waits = standIn.calls("cuStreamSynchronize");
      long graphs = graphLaunches();
      List<Readback> copies = new ArrayList<>();
      try (RecordedStep step = backend.recordStep()) {
        layer.run(0, ROWS, copies);
        step.launch();
      }
      assertThat(graphLaunches()).isEqualTo(graphs + 1);
      assertThat(standIn.calls("cuLaunchKernel") + standIn.calls("cublasLtMatmul"))
          .isEqualTo(launches);
      assertThat(standIn.calls("cuStreamSynchronize")).isEqualTo(waits);
      assertThat(copies.getFirst().isDone()).isFalse();
      copies.getFirst().await();
    }
  }

  @Test
  void stepsOfSeveralSizesAreGraphsOfTheirOwn() {
    int[] rows = {40, 13, 40, 13, 13, 40, 40};
    Outcome expected = train(false, Precision.FP32, rows);
    standIn.reset();
    train(true, Precision.FP32, rows).requireSame(expected);
    assertThat(standIn.calls("cuStreamBeginCapture_v2")).isEqualTo(2);
    assertThat(graphLaunches()).isEqualTo(5);
  }

  @Test
  void whatNeverComesAgainIsNoGraphAndTheOldestAreLetGo() {
    int[] rows = new int[24];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i < 12 ? 1 + i : 1 + i % 4 / 2; // 12 once, then 1, 1, 2, 2 and so on
    }
    Outcome expected = train(false, Precision.FP32, rows);
    standIn.reset();
    train(true, Precision.FP32, rows).requireSame(expected);
    assertThat(standIn.calls("cuStreamBeginCapture_v2")).isEqualTo(2);
  }

  /** The room for the numbers of a step grows to what the step before would have liked to have. */
  @Test
  void numbersWithoutRoomAreDoneAsTheyCome() {
    int count = 1_100_000; // of 4 bytes, more than 4 MiB
    try (Backend backend = new CudaBackend(0, Precision.FP32);
        TensorArena arena = backend.arena("test")) {
      Tensor many = arena.allocate(count);
      Tensor few = arena.allocate(10);
      float[] numbers = new float[count];
      for (int number = 1; number <= 4; number++) {
        Arrays.fill(numbers, number);
        try (RecordedStep step = backend.recordStep()) {
          backend.fill(few, 7);
          backend.write(many, MemorySegment.ofArray(numbers));
          backend.copy(few, many.slice(count - 10, count));
          step.launch();
        }
        assertThat(Tensors.floats(backend, few)).containsOnly(number);
        assertThat(graphLaunches()).isEqualTo(Math.max(0, number - 2));
      }
    }
  }

  @Test
  void aReadWithinAStepHasItsNumbers() {
    try (Backend backend = new CudaBackend(0, Precision.FP32);
        TensorArena arena = backend.arena("test")) {
      Tensor x = arena.allocate(100);
      for (int number = 0; number < 10; number++) {
        try (RecordedStep step = backend.recordStep()) {
          backend.fill(x, number);
          assertThat(Tensors.floats(backend, x)).containsOnly(number);
          backend.elementwise().add(x, x, x);
          step.launch();
        }
        assertThat(Tensors.floats(backend, x)).containsOnly(2 * number);
      }
      assertThat(graphLaunches()).isZero();
    }
  }

  @Test
  void aLaterReadThatIsWaitedForWithinItsStepComes() {
    try (Backend backend = new CudaBackend(0, Precision.FP32);
        TensorArena arena = backend.arena("test");
        RecordedStep step = backend.recordStep()) {
      Tensor x = arena.allocate(100);
      backend.fill(x, 3);
      float[] numbers = new float[100];
      Readback copy = backend.readLater(MemorySegment.ofArray(numbers), x);
      backend.fill(x, 4);
      copy.await();
      assertThat(numbers).containsOnly(3);
      step.launch();
      assertThat(Tensors.floats(backend, x)).containsOnly(4);
    }
  }

  @Test
  void aStepThatIsNotLaunchedIsNotDone() {
    try (Backend backend = new CudaBackend(0, Precision.FP32);
        TensorArena arena = backend.arena("test")) {
      Tensor x = arena.allocate(100);
      backend.fill(x, 1);
      Readback copy;
      try (RecordedStep _ = backend.recordStep()) {
        backend.fill(x, 2);
        copy = backend.readLater(MemorySegment.ofArray(new float[100]), x);
      }
      assertThat(Tensors.floats(backend, x)).containsOnly(1);
      assertThatIllegalStateException()
          .isThrownBy(copy::await)
          .withMessageContaining("never launched");
    }
  }

  /** Their rounding was noted only, and is not done. */
  @Test
  void weightsOfAStepThatIsNotLaunchedAreRoundedAtTheirNextUse() {
    try (Backend backend = new CudaBackend(0, Precision.BF16);
        Layer layer = new Layer(backend);
        TensorArena arena = backend.arena("test")) {
      Tensor x = arena.allocate(ROWS, WIDTH);
      backend.fill(x, 1);
      Tensor y = arena.allocate(ROWS, WIDTH);
      backend.linear().linear(y, x, layer.w, layer.b);
      float[] expected = Tensors.floats(backend, y);
      Tensors.write(backend, layer.w, Tensors.floats(backend, layer.w)); // to be rounded again
      try (RecordedStep _ = backend.recordStep()) {
        backend.linear().linear(y, x, layer.w, layer.b);
        backend.fill(layer.w, 7);
      }
      backend.fill(y, 0);
      backend.linear().linear(y, x, layer.w, layer.b);
      assertThat(Tensors.floats(backend, y)).containsExactly(expected);
    }
  }

  @Test
  void opsOfAnotherThreadComeBehindWhatIsNoted() throws InterruptedException {
    try (Backend backend = new CudaBackend(0, Precision.FP32);
        TensorArena arena = backend.arena("test")) {
      Tensor x = arena.allocate(100);
      try (RecordedStep step = backend.recordStep()) {
        backend.fill(x, 3);
        Thread other = Thread.ofPlatform().start(() -> backend.elementwise().add(x, x, x));
        other.join();
        backend.elementwise().add(x, x, x);
        step.launch();
      }
      assertThat(Tensors.floats(backend, x)).containsOnly(12);
    }
  }

  /** What is noted may work on memory that an arena gives back. */
  @Test
  void memoryIsFreedBehindWhatIsNoted() {
    try (Backend backend = new CudaBackend(0, Precision.FP32);
        TensorArena arena = backend.arena("test")) {
      Tensor x = arena.allocate(100);
      for (int number = 0; number < 3; number++) {
        try (RecordedStep step = backend.recordStep()) {
          try (TensorArena inner = backend.arena("inner")) {
            Tensor y = inner.allocate(100);
            backend.fill(y, 5);
            backend.copy(x, y);
          }
          step.launch();
        }
        assertThat(Tensors.floats(backend, x)).containsOnly(5);
      }
    }
  }

  @Test
  void observedOpsAreDoneAsTheyCome() {
    try (Backend backend = new CudaBackend(0, Precision.FP32);
        Layer layer = new Layer(backend)) {
      List<String> ops = new ArrayList<>();
      backend.observe((op, _, _) -> ops.add(op));
      train(layer, true, same(ROWS));
      assertThat(ops).contains("linear", "adamW", "gradientScale");
      assertThat(standIn.calls("cuStreamBeginCapture_v2")).isZero();
    }
  }

  @Test
  void aKernelThatFailsInAGraphIsReported() {
    Backend backend = new CudaBackend(0, Precision.FP32);
    try (Layer layer = new Layer(backend)) {
      train(layer, true, same(ROWS));
      standIn.set("sticky", 700);
      assertThatExceptionOfType(DeviceException.Failed.class)
          .isThrownBy(() -> train(layer, true, ROWS, ROWS))
          .withMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
      assertThatExceptionOfType(DeviceException.Failed.class).isThrownBy(backend::close);
    } catch (DeviceException.Failed closing) {
      assertThat(closing).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
    }
  }
}
