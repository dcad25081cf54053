package io.github.deit4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void describesItsSizes() {
    Shape shape = Shape.of(2, 197, 192);
    assertThat(shape.rank()).isEqualTo(3);
    assertThat(shape.elements()).isEqualTo(2L * 197 * 192);
    assertThat(shape.rows()).isEqualTo(2 * 197);
    assertThat(shape.size(0)).isEqualTo(2);
    assertThat(shape.size(2)).isEqualTo(192);
    assertThat(shape.size(-1)).isEqualTo(192);
    assertThat(shape.size(-3)).isEqualTo(2);
    assertThat(shape.sizes()).containsExactly(2, 197, 192);
    assertThat(shape).hasToString("[2, 197, 192]");
  }

  @Test
  void scalarHasOneElement() {
    Shape scalar = Shape.of();
    assertThat(scalar.rank()).isZero();
    assertThat(scalar.elements()).isEqualTo(1);
    assertThat(scalar).hasToString("[]");
  }

  @Test
  void emptyShapeHasNoRows() {
    assertThat(Shape.of(5, 0).elements()).isZero();
    assertThat(Shape.of(5, 0).rows()).isZero();
  }

  @Test
  void equalSizesMakeEqualShapes() {
    assertThat(Shape.of(2, 3)).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    assertThat(Shape.of(2, 3)).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(2, 3, 1));
  }

  @Test
  void isNotChangedThroughArrays() {
    int[] sizes = {2, 3};
    Shape shape = Shape.of(sizes);
    sizes[0] = 9;
    shape.sizes()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3));
  }

  @Test
  void refusesNegativeSizes() {
    assertThatExceptionOfType(ShapeException.class)
        .isThrownBy(() -> Shape.of(2, -3))
        .withMessageContaining("[2, -3]")
        .withMessageContaining("0 or more");
  }

  @Test
  void countsMoreThanAnIntHolds() {
    assertThat(Shape.of(1 << 16, 1 << 16).elements()).isEqualTo(1L << 32);
  }

  @Test
  void refusesMoreElementsThanALongHolds() {
    int most = Integer.MAX_VALUE;
    assertThatExceptionOfType(ShapeException.class)
        .isThrownBy(() -> Shape.of(most, most, most))
        .withMessageContaining("[2147483647, 2147483647, 2147483647]")
        .withMessageContaining("overflows");
  }
}
