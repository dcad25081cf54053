package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.op.PixelOps.Box;
import io.github.deit4j.op.PixelOps.Erasure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class RandomErasingTest {
  private static final int IMAGES = 2000;
  private static final int SIZE = 224;

  private static List<Erasure> draw(RandomErasing erasing, int height, int width) {
    List<Erasure> all = new ArrayList<>();
    for (int position = 0; position < IMAGES; position++) {
      all.addAll(erasing.draw(3, 1, position, 5, height, width));
    }
    return all;
  }

  @Test
  void erasesAsOftenAndAsMuchAsThePaper() {
    List<Erasure> erasures = draw(new RandomErasing(0.25, Erasure.Fill.PIXEL, 1), SIZE, SIZE);
    assertThat((double) erasures.size() / IMAGES)
        .isCloseTo(0.25, within(5 * Math.sqrt(0.25 * 0.75 / IMAGES)));
    double sum = 0;
    for (Erasure erasure : erasures) {
      Box box = erasure.box();
      assertThat(erasure.image()).isEqualTo(5);
      assertThat(erasure.fill()).isEqualTo(Erasure.Fill.PIXEL);
      assertThat(box.isIn(SIZE, SIZE)).isTrue();
      double share = (double) box.area() / (SIZE * SIZE);
      assertThat(share).isBetween(0.018, 0.34);
      assertThat((double) box.height() / box.width()).isBetween(0.28, 3.6);
      sum += share;
    }
    // Evenly of 0.02 to 1/3; the deviation of the mean of 500 is 0.004.
    assertThat(sum / erasures.size()).isCloseTo(0.177, within(0.02));
  }

  @Test
  void imagesAndBoxesHaveTheirOwnNoise() {
    List<Erasure> erasures = draw(new RandomErasing(1, Erasure.Fill.RAND, 3), SIZE, SIZE);
    assertThat(erasures).hasSizeBetween(3 * IMAGES / 2, 5 * IMAGES / 2);
    assertThat(new HashSet<>(erasures.stream().map(Erasure::noise).toList()))
        .hasSameSizeAs(erasures);
  }

  @Test
  void leavesImagesTooSmallForABoxAlone() {
    assertThat(draw(new RandomErasing(1, Erasure.Fill.CONST, 1), 1, 1))
        .allSatisfy(erasure -> assertThat(erasure.box().area()).isZero());
    assertThat(draw(new RandomErasing(0, Erasure.Fill.CONST, 1), SIZE, SIZE)).isEmpty();
  }
}
