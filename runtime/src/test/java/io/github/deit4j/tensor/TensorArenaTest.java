package io.github.deit4j.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TensorArenaTest {
  private static final long LIMIT = 64 << 20;
  private int openBefore;
  private TensorArena arena;

  @BeforeEach
  void open() {
    openBefore = TensorArena.open();
    arena = new TensorArena("step", LIMIT, new HostMemory());
    assertThat(TensorArena.open()).isEqualTo(openBefore + 1);
  }

  @AfterEach
  void close() {
    arena.close();
    assertThat(TensorArena.open()).isEqualTo(openBefore);
  }

  /** Shapes of odd sizes, together larger than the first chunks. */
  private List<Tensor> allocateMany() {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      tensors.add(arena.allocate(i, 7, 101));
    }
    return tensors;
  }

  @Test
  void tensorsAreAlignedAndApart() {
    List<Tensor> tensors = allocateMany();
    for (int i = 0; i < tensors.size(); i++) {
      Tensor tensor = tensors.get(i);
      assertThat(tensor.segment().address() % TensorArena.ALIGNMENT).isZero();
      assertThat(tensor.segment().byteSize()).isEqualTo(4 * tensor.elements());
      for (long j = 0; j < tensor.elements(); j++) {
        tensor.segment().setAtIndex(JAVA_FLOAT, j, i);
      }
    }
    for (int i = 0; i < tensors.size(); i++) {
      for (long j = 0; j < tensors.get(i).elements(); j++) {
        assertThat(tensors.get(i).segment().getAtIndex(JAVA_FLOAT, j)).isEqualTo(i);
      }
    }
  }

  @Test
  void everyStepGetsTheSameAddressesAndNoMoreMemory() {
    long[] first = addresses(allocateMany());
    long reserved = arena.reservedBytes();
    for (int step = 0; step < 3; step++) {
      arena.reset();
      assertThat(addresses(allocateMany())).isEqualTo(first);
      assertThat(arena.reservedBytes()).isEqualTo(reserved);
    }
  }

  private static long[] addresses(List<Tensor> tensors) {
    return tensors.stream().mapToLong(tensor -> tensor.segment().address()).toArray();
  }

  @Test
  void elementTypeGivesTheSize() {
    Tensor tensor = arena.allocate(DType.F64, Shape.of(3));
    assertThat(tensor.segment().byteSize()).isEqualTo(24);
    assertThat(tensor.dtype()).isEqualTo(DType.F64);
    assertThat(tensor).hasToString("F64 [3] in arena 'step'");
  }

  @Test
  void limitIsReachedButNotPassed() {
    Tensor all = arena.allocate(Math.toIntExact(LIMIT / 4));
    assertThat(all.segment().byteSize()).isEqualTo(LIMIT);
    assertThat(arena.reservedBytes()).isEqualTo(LIMIT);
    assertThatExceptionOfType(ArenaLimitException.class).isThrownBy(() -> arena.allocate(1));
  }

  @Test
  void limitErrorNamesArenaRequestAndLimit() {
    arena.allocate(1);
    assertThatExceptionOfType(ArenaLimitException.class)
        .isThrownBy(() -> arena.allocate(17, 1 << 20))
        .withMessageContaining("'step'")
        .withMessageContaining("F32 [17, 1048576]")
        .withMessageContaining("%,d", 4L * 17 << 20)
        .withMessageContaining("%,d", LIMIT);
    assertThat(arena.reservedBytes()).isLessThan(LIMIT);
  }

  @Test
  void requestsBeyondAllMemoryAreLimitErrors() {
    int most = Integer.MAX_VALUE;
    for (Shape shape : List.of(Shape.of(most, most), Shape.of(most, 1 << 30))) {
      assertThatExceptionOfType(ArenaLimitException.class)
          .isThrownBy(() -> arena.allocate(DType.F32, shape))
          .withMessageContaining(shape.toString());
    }
    assertThat(arena.allocate(3).segment().byteSize()).isEqualTo(12);
  }

  @Test
  void refusedRequestLeavesTheRestUsable() {
    arena.allocate(1);
    assertThatExceptionOfType(ArenaLimitException.class)
        .isThrownBy(() -> arena.allocate(17, 1 << 20));
    long reserved = arena.reservedBytes();
    arena.allocate(1);
    assertThat(arena.reservedBytes()).isEqualTo(reserved);
  }

  @Test
  void useAfterResetIsRefused() {
    Tensor tensor = arena.allocate(2, 3);
    Tensor view = tensor.reshape(6);
    arena.reset();
    for (Tensor stale : List.of(tensor, view)) {
      assertThatIllegalStateException()
          .isThrownBy(stale::segment)
          .withMessageContaining("'step'")
          .withMessageContaining("reset");
    }
    assertThat(arena.allocate(2, 3).segment().byteSize()).isEqualTo(24);
  }

  @Test
  void useAfterCloseIsRefused() {
    Tensor tensor = arena.allocate(2, 3);
    arena.close();
    assertThatIllegalStateException()
        .isThrownBy(tensor::segment)
        .withMessageContaining("'step'")
        .withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> arena.allocate(1))
        .withMessageContaining("'step'");
    assertThatIllegalStateException()
        .isThrownBy(() -> arena.reset())
        .withMessageContaining("'step'");
  }

  @Test
  void memoryTakenBeforeCloseIsNotReadableAfterIt() {
    MemorySegment memory = arena.allocate(2, 3).segment();
    arena.close();
    assertThatIllegalStateException().isThrownBy(() -> memory.get(JAVA_FLOAT, 0));
  }

  @Test
  void otherThreadsReadTensorsAndSeeTheClose() {
    Tensor tensor = arena.allocate(1);
    tensor.segment().set(JAVA_FLOAT, 0, 5f);
    float read = CompletableFuture.supplyAsync(() -> tensor.segment().get(JAVA_FLOAT, 0)).join();
    assertThat(read).isEqualTo(5f);
    arena.close();
    assertThatThrownBy(() -> CompletableFuture.supplyAsync(tensor::segment).join())
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void closingTwiceCountsOnce() {
    arena.close();
    arena.close();
    assertThat(TensorArena.open()).isEqualTo(openBefore);
  }

  @Test
  void aSourceThatThrowsLeavesNoArenaOpen() {
    long bytesBefore = TensorArena.openBytes();
    var failing =
        new TensorArena(
            "failing",
            LIMIT,
            new TensorArena.ChunkSource() {
              @Override
              public Region allocate(long bytes) {
                return new Region.Host(MemorySegment.ofArray(new byte[(int) bytes]));
              }

              @Override
              public void close() {
                throw new UncheckedIOException(new IOException("the device is gone"));
              }
            });
    failing.allocate(16);
    assertThatThrownBy(failing::close).hasMessageContaining("the device is gone");
    failing.close();
    assertThat(TensorArena.open()).isEqualTo(openBefore + 1);
    assertThat(TensorArena.openBytes()).isEqualTo(bytesBefore);
  }
}
