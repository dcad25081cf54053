package io.github.deit4j.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorTest {
  private final TensorArena arena = new TensorArena("test", 1 << 20, new HostMemory());

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void reshapeSharesTheMemory() {
    Tensor tensor = arena.allocate(2, 6);
    Tensor view = tensor.reshape(3, 4);
    assertThat(view.shape()).isEqualTo(Shape.of(3, 4));
    assertThat(view.segment()).isEqualTo(tensor.segment());
    assertThat(view.arena()).isSameAs(arena);
  }

  @Test
  void reshapeRefusesAnotherElementCount() {
    assertThatExceptionOfType(ShapeException.class)
        .isThrownBy(() -> arena.allocate(2, 6).reshape(3, 5))
        .withMessageContainingAll("reshape", "[2, 6]", "12", "[3, 5]", "15");
  }

  @Test
  void slicesShareTheMemory() {
    Tensor tensor = arena.allocate(4, 3);
    Tensor middle = tensor.slice(1, 3);
    assertThat(middle.shape()).isEqualTo(Shape.of(2, 3));
    assertThat(middle.segment().byteSize()).isEqualTo(24);
    middle.segment().setAtIndex(JAVA_FLOAT, 0, 7f);
    assertThat(tensor.segment().getAtIndex(JAVA_FLOAT, 3)).isEqualTo(7f);
    assertThat(middle.slice(1, 2).segment().address())
        .isEqualTo(tensor.segment().address() + 4 * 6);
  }

  @Test
  void slicesMayBeEmptyOrWhole() {
    Tensor tensor = arena.allocate(DType.U8, Shape.of(4, 3));
    assertThat(tensor.slice(4, 4).shape()).isEqualTo(Shape.of(0, 3));
    assertThat(tensor.slice(0, 4).segment()).isEqualTo(tensor.segment());
    assertThat(arena.allocate(0, 3).slice(0, 0).elements()).isZero();
  }

  @Test
  void sliceRefusesRangesOutside() {
    Tensor tensor = arena.allocate(4, 3);
    int[][] ranges = {{-1, 2}, {0, 5}, {3, 2}, {5, 5}};
    for (int[] range : ranges) {
      assertThatExceptionOfType(ShapeException.class)
          .isThrownBy(() -> tensor.slice(range[0], range[1]))
          .withMessageContainingAll("slice", "[4, 3]", "[" + range[0] + ", " + range[1] + ")");
    }
    assertThatExceptionOfType(ShapeException.class)
        .isThrownBy(() -> arena.allocate().slice(0, 1))
        .withMessageContaining("[]");
  }
}
