package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Image;
import org.junit.jupiter.api.Test;

class RandomHorizontalFlipTest {
  private static final Image IMAGE = TestImages.of(2, 1, 3, 1, 2, 3, 4, 5, 6);

  @Test
  void swapsLeftAndRight() {
    Image flipped = new RandomHorizontalFlip(1).apply(IMAGE, TestImages.random(0));
    assertThat(TestImages.levels(flipped)).containsExactly(3, 2, 1, 6, 5, 4);
    assertThat(TestImages.levels(IMAGE)).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void flipsWithItsProbability() {
    int flips = 0;
    for (int position = 0; position < 4000; position++) {
      Image result = new RandomHorizontalFlip(0.25).apply(IMAGE, TestImages.random(position));
      flips += result.pixels()[0] == 3 ? 1 : 0;
    }
    // Five standard deviations of a binomial with 4000 trials of 1/4 are 137.
    assertThat(flips).isBetween(1000 - 137, 1000 + 137);
    assertThat(new RandomHorizontalFlip(0).apply(IMAGE, TestImages.random(0))).isSameAs(IMAGE);
  }

  @Test
  void refusesWhatIsNoProbability() {
    assertThatThrownBy(() -> new RandomHorizontalFlip(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NaN");
  }
}
