package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.weights.PositionEmbedding.Method;
import io.github.deit4j.weights.PositionEmbedding.PatchGrid;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PositionEmbeddingTest {
  @ParameterizedTest
  @EnumSource(Method.class)
  void theSameGridStaysTheSame(Method method) {
    var embedding = random((2 + 3 * 5) * 4);
    assertThat(
            PositionEmbedding.resize(
                embedding, 2, new PatchGrid(3, 5), new PatchGrid(3, 5), 4, method))
        .isEqualTo(embedding);
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void aConstantGridStaysConstantAndPrefixTokensAreKept(Method method) {
    var embedding = new float[(1 + 4 * 3) * 2];
    Arrays.fill(embedding, 0.75f);
    embedding[0] = -5;
    embedding[1] = 9;
    var expected = new float[(1 + 7 * 2) * 2];
    Arrays.fill(expected, 0.75f);
    expected[0] = -5;
    expected[1] = 9;
    assertThat(
            PositionEmbedding.resize(
                embedding, 1, new PatchGrid(4, 3), new PatchGrid(7, 2), 2, method))
        .containsExactly(expected);
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void rowsAndColumnsAreNotMixedUp(Method method) {
    var rowIndex = new float[] {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3};
    var resized =
        PositionEmbedding.resize(rowIndex, 0, new PatchGrid(4, 3), new PatchGrid(8, 5), 1, method);
    for (int row = 0; row < 8; row++) {
      for (int column = 1; column < 5; column++) {
        assertThat(resized[row * 5 + column]).isEqualTo(resized[row * 5]);
      }
      if (row > 0) {
        assertThat(resized[row * 5]).isGreaterThan(resized[(row - 1) * 5]);
      }
    }
  }

  @Test
  void refusesAnEmbeddingOfAnotherLength() {
    assertThatThrownBy(
            () ->
                PositionEmbedding.resize(
                    new float[7], 1, new PatchGrid(2, 2), new PatchGrid(3, 3), 2, Method.BICUBIC))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("expected 10 numbers")
        .hasMessageContaining("found 7");
  }

  @Test
  void refusesSizesThatAreNotPositiveOrTooLarge() {
    var embedding = new float[10];
    assertThatThrownBy(
            () ->
                PositionEmbedding.resize(
                    embedding, 1, new PatchGrid(2, 2), new PatchGrid(0, 3), 2, Method.BICUBIC))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("positive sizes");
    assertThatThrownBy(
            () ->
                PositionEmbedding.resize(
                    embedding,
                    1,
                    new PatchGrid(2, 2),
                    new PatchGrid(65536, 65536),
                    2,
                    Method.BICUBIC))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("too large");
    assertThatThrownBy(
            () ->
                PositionEmbedding.resize(
                    new float[65536],
                    0,
                    new PatchGrid(65536, 1),
                    new PatchGrid(1, 65536),
                    1,
                    Method.BICUBIC))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("too large");
  }

  private static float[] random(int length) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    var values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat(-1, 1);
    }
    return values;
  }
}
