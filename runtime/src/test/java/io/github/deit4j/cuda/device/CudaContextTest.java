package io.github.deit4j.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lives of contexts and arenas, and what a kernel accepts. */
class CudaContextTest {
  private final CudaStandIn standIn = CudaStandIn.require();
  private CudaContext context;
  private TensorArena arena;

  @BeforeEach
  void open() {
    context = new CudaContext(0, Precision.FP32);
    arena = context.arena("step", 1 << 20);
  }

  @AfterEach
  void nothingIsLeft() {
    arena.close();
    context.close();
    standIn.requireClean();
  }

  private Tensor tensor(float... values) {
    Tensor tensor = arena.allocate(values.length);
    context.write(tensor, MemorySegment.ofArray(values));
    return tensor;
  }

  private float[] values(Tensor tensor) {
    float[] values = new float[(int) tensor.elements()];
    context.read(MemorySegment.ofArray(values), tensor);
    return values;
  }

  private Kernel add() {
    return context.kernel("elementwise", "add");
  }

  @Test
  void kernelComputesOnWhatWasWritten() {
    Tensor sum = arena.allocate(3);
    add().launch(Grid.cover(3, 32), sum, tensor(1, 2, 3), tensor(10, 20, 30), 3L);
    assertThat(values(sum)).containsExactly(11, 22, 33);
  }

  @Test
  void kernelIsLoadedOnce() {
    add();
    long loads = standIn.calls("cuModuleLoadData");
    assertThat(add()).isSameAs(add());
    context.kernel("elementwise", "fill");
    assertThat(standIn.calls("cuModuleLoadData")).isEqualTo(loads);
  }

  @Test
  void kernelThatTheSourceDoesNotHaveIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> context.kernel("elementwise", "subtract"))
        .withMessageContainingAll("elementwise.cu", "subtract", "addBranch");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> context.kernel("abacus", "add"))
        .withMessageContaining("abacus.cu");
  }

  @Test
  void argumentsAreCheckedAgainstTheSource() {
    Tensor x = tensor(1, 2, 3);
    Grid grid = Grid.cover(3, 32);
    Tensor bytes = arena.allocate(DType.U8, Shape.of(3));
    assertRefused(() -> add().launch(grid, x, x, x), "3 arguments, expected 4");
    assertRefused(() -> add().launch(grid, x, x, x, 3), "count is a long long, found Integer 3");
    assertRefused(() -> add().launch(grid, x, x, 1f, 3L), "b is a float*, found Float 1.0");
    assertRefused(
        () -> add().launch(grid, x, x, bytes, 3L), "b is a float*, found U8 [3] in arena 'step'");
    assertRefused(() -> add().launch(grid, x, x, x, null), "count is a long long, found null");
    assertThat(standIn.calls("cuLaunchKernel")).isZero();
  }

  private static void assertRefused(Runnable launch, String reason) {
    assertThatExceptionOfType(ShapeException.class)
        .isThrownBy(launch::run)
        .withMessage("kernel add: " + reason);
  }

  @Test
  void tensorsOfTheHostAreRefused() {
    Tensor x = tensor(1, 2, 3);
    try (var host = new TensorArena("host", 1 << 20, new HostMemory())) {
      Tensor far = host.allocate(3);
      assertThatExceptionOfType(ShapeException.class)
          .isThrownBy(() -> add().launch(Grid.cover(3, 32), x, x, far, 3L))
          .withMessageContainingAll("F32 [3] in arena 'host'", "on the host", "cuda:0");
    }
  }

  @Test
  void tensorsOfAnotherDeviceAreRefused() {
    standIn.set("devices", 2);
    Tensor x = tensor(1, 2, 3);
    try (var other = new CudaContext(1, Precision.FP32);
        TensorArena far = other.arena("far", 1 << 20)) {
      Tensor y = far.allocate(3);
      assertThatExceptionOfType(ShapeException.class)
          .isThrownBy(() -> add().launch(Grid.cover(3, 32), x, x, y, 3L))
          .withMessageContainingAll("on cuda:1", "expected on cuda:0");
    }
  }

  @Test
  void hostAccessToADevicesMemoryIsAnError() {
    Tensor x = tensor(1, 2, 3);
    assertThatIllegalStateException()
        .isThrownBy(x::segment)
        .withMessageContainingAll("F32 [3] in arena 'step'", "cuda:0", "Backend.read");
  }

  @Test
  void tensorsOfAnArenaThatIsResetOrClosedAreRefused() {
    Tensor x = tensor(1, 2, 3);
    arena.reset();
    assertThatIllegalStateException()
        .isThrownBy(() -> values(x))
        .withMessageContaining("after its arena was reset");
    Tensor y = tensor(1);
    arena.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> values(y))
        .withMessageContaining("after its arena was closed");
  }

  @Test
  void arenaMayOutliveItsContext() {
    context.close();
    assertThat(standIn.live("memory")).isZero();
    assertThat(arena.allocate(3).elements()).isEqualTo(3);
    assertThatIllegalStateException()
        .isThrownBy(() -> tensor(1))
        .withMessageContaining("backend cuda:0 is closed");
    context.close();
  }

  @Test
  void contextsOfOneDeviceShareItsMemory() {
    Tensor x = tensor(1, 2, 3);
    try (var second = new CudaContext(0, Precision.FP32)) {
      context.synchronize();
      float[] values = new float[3];
      second.read(MemorySegment.ofArray(values), x);
      assertThat(values).containsExactly(1, 2, 3);
    }
    assertThat(values(x)).containsExactly(1, 2, 3);
  }

  @Test
  void sharedMemoryBeyondTheUsualIsAskedForOnce() {
    Tensor x = tensor(1, 2, 3);
    Grid grid = Grid.cover(3, 32).shared(100 << 10);
    add().launch(grid, x, x, x, 3L);
    add().launch(grid, x, x, x, 3L);
    assertThat(standIn.calls("cuFuncSetAttribute")).isEqualTo(1);
    assertThatExceptionOfType(DeviceException.Incompatible.class)
        .isThrownBy(() -> add().launch(Grid.cover(3, 32).shared(228 << 10), x, x, x, 3L))
        .withMessageContainingAll("kernel add", "233,472 bytes", "232,448", "Stand-in 0");
    assertThat(values(x)).containsExactly(4, 8, 12);
  }

  @Test
  void failureOfAKernelComesToLightWhenItsWorkIsAwaited() {
    Tensor x = tensor(1, 2, 3);
    add().launch(Grid.cover(3, 32), x, x, x, 3L);
    standIn.failAt("cuStreamSynchronize", 1, 719);
    assertThatExceptionOfType(DeviceException.Failed.class)
        .isThrownBy(context::synchronize)
        .withMessageContainingAll("cuda:0", "up to kernel add", "CUDA_ERROR_LAUNCH_FAILED (719)")
        .matches(failure -> failure.code().equals("CUDA_ERROR_LAUNCH_FAILED"));
  }

  @Test
  void gridsHaveAtLeastOneBlockAndAtMost1024Threads() {
    assertThatIllegalArgumentException().isThrownBy(() -> Grid.of(0, 32));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Grid.of(1, 1025))
        .withMessageContaining("1 to 1024 threads");
    assertThat(Grid.cover(0, 32)).isEqualTo(Grid.of(1, 32));
    assertThat(Grid.cover(65, 32)).isEqualTo(Grid.of(3, 32));
  }
}
