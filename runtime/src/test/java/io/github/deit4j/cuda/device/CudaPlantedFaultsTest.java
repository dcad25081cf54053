package io.github.deit4j.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The checks of the stand-in find each kind of fault, where it is, and none where there is none.
 */
class CudaPlantedFaultsTest {
  private static final int THREADS = 64;

  private final CudaStandIn standIn = CudaStandIn.require();

  @BeforeEach
  void check() {
    standIn.check(true);
  }

  @AfterEach
  void stop() {
    standIn.check(false);
  }

  /** Tensors of 64 numbers: to write to, to use, to read from, never written. */
  private record Operands(
      String device, Tensor y, Tensor z, Tensor x, Tensor nothing, Tensor elsewhere) {
    long distance() {
      return (elsewhere.address(device) - x.address(device)) / Float.BYTES;
    }
  }

  /** What a kernel of {@code planted.cu} is given. */
  private interface Arguments {
    Object[] of(Operands operands, int fault);
  }

  /** A kernel, its arguments, and what is said of its fault. */
  private record Planted(String kernel, int blocks, Arguments arguments, String... words) {
    Planted(String kernel, String... words) {
      this(kernel, (o, fault) -> new Object[] {o.y, o.x, fault}, words);
    }

    Planted(String kernel, Arguments arguments, String... words) {
      this(kernel, 1, arguments, words);
    }

    /** Returns a pattern of where its fault is; asynchronous copies are made in the header. */
    String file() {
      return kernel.startsWith("copy") ? "(planted\\.cu|deit4j\\.cuh)" : "planted\\.cu";
    }

    @Override
    public String toString() {
      return kernel;
    }
  }

  private static final List<Planted> ALL =
      List.of(
          new Planted("barrier", "race: ", "shared memory that thread "),
          new Planted(
              "globalBarrier",
              (o, fault) -> new Object[] {o.y, o.z, o.x, fault},
              "race: ",
              "global memory that thread "),
          new Planted("secondBarrier", "race: ", "shared memory that thread "),
          new Planted("warpSync", "race: ", "shared memory that thread "),
          new Planted("shuffle", "race: ", "shared memory that thread "),
          new Planted("secondWarpSync", "race: ", "shared memory that thread "),
          new Planted(
              "blocks",
              2,
              (o, fault) -> new Object[] {o.y, fault},
              "race: writes global memory that another block has written in the same launch"),
          new Planted(
              "otherBlock",
              2,
              (o, fault) -> new Object[] {o.y, fault},
              "race: reads global memory that "),
          new Planted("alignment", "reads 16 bytes at an address that is not aligned to them"),
          new Planted(
              "readBehind", "reads 4 bytes out of bounds: 256 bytes behind the start of 256"),
          new Planted("readBefore", "reads 4 bytes out of bounds"),
          new Planted(
              "writeBehind",
              (o, fault) -> new Object[] {o.y, o.x, fault * (THREADS + 1)},
              "writes 4 bytes out of bounds: 512 bytes behind the start of 512 bytes"),
          new Planted(
              "readElsewhere",
              (o, fault) -> new Object[] {o.y, o.x, o.distance(), fault},
              "reads 4 bytes out of bounds"),
          new Planted("sharedBounds", "index 64 is out of bounds of its array"),
          new Planted(
              "dynamicBounds", "writes 4 bytes out of bounds: 256 bytes behind", "shared memory"),
          new Planted(
              "uninitialised",
              (o, fault) -> new Object[] {o.y, o.x, o.nothing, fault},
              "reads global memory that nothing has been written to"),
          new Planted(
              "uninitialisedShared", "reads shared memory that nothing has been written to"),
          new Planted("copyNotAwaited", "reads shared memory that nothing has been written to"),
          new Planted("copyOfOthers", "race: ", "shared memory that thread "),
          new Planted("copyAlignment", "reads 16 bytes at an address that is not aligned to them"));

  static List<Planted> all() {
    return ALL;
  }

  private static void run(Planted planted, int fault) {
    try (CudaContext context = new CudaContext(0, Precision.FP32);
        TensorArena arena = context.arena("test", Long.MAX_VALUE)) {
      Tensor y = arena.allocate(2 * THREADS);
      Tensor x = arena.allocate(THREADS);
      Tensor elsewhere = arena.allocate(THREADS);
      var operands =
          new Operands(
              context.device(), y, arena.allocate(THREADS), x, arena.allocate(THREADS), elsewhere);
      float[] numbers = new float[THREADS];
      context.write(x, MemorySegment.ofArray(numbers));
      context.write(elsewhere, MemorySegment.ofArray(numbers));
      Grid grid = Grid.of(planted.blocks, THREADS).shared(THREADS * Float.BYTES);
      context.kernel("planted", planted.kernel).launch(grid, planted.arguments.of(operands, fault));
      context.synchronize();
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void faultIsFound(Planted planted) {
    assertThatExceptionOfType(DeviceException.Failed.class).isThrownBy(() -> run(planted, 1));
    assertThat(standIn.violations())
        .containsPattern("^kernel %s, %s:".formatted(planted.kernel, planted.file()))
        .contains(planted.words)
        .hasLineCount(1);
    standIn.requireNothingLive();
  }

  @ParameterizedTest
  @MethodSource("all")
  void nothingIsFoundWithoutTheFault(Planted planted) {
    run(planted, 0);
    standIn.requireClean();
  }
}
