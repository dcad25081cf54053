package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.op.PixelOps.Box;
import io.github.deit4j.op.PixelOps.ImageMix;
import io.github.deit4j.recipe.ImageSettings.MixupMode;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MixupTest {
  private static final int IMAGES = 600;
  private static final int HEIGHT = 30;
  private static final int WIDTH = 50;

  private static List<Mixup.Draw> draw(Mixup mixup) {
    return mixup.draw(7, 2, 64, IMAGES, HEIGHT, WIDTH);
  }

  private static Mixup both(MixupMode mode) {
    return new Mixup(0.8, 1, 1, 0.5, mode, 0, 0, 0);
  }

  @Test
  void withoutMixingImagesStayAlone() {
    assertThat(draw(new Mixup(0, 0, 0, 0, MixupMode.BATCH, 0, 0, 0)))
        .hasSize(IMAGES)
        .containsOnly(Mixup.Draw.NONE);
    assertThat(draw(new Mixup(0.8, 1, 0, 0.5, MixupMode.ELEM, 0, 0, 0)))
        .containsOnly(Mixup.Draw.NONE);
  }

  @ParameterizedTest
  @EnumSource
  void sharesDrawsByMode(MixupMode mode) {
    List<Mixup.Draw> draws = draw(both(mode));
    int different = new HashSet<>(draws).size();
    switch (mode) {
      case BATCH -> assertThat(different).isEqualTo(1);
      case PAIR -> {
        assertThat(draws.reversed()).isEqualTo(draws);
        assertThat(different).isGreaterThan(IMAGES / 3);
      }
      case ELEM -> assertThat(different).isGreaterThan(2 * IMAGES / 3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void groupsHaveDrawsOfTheirOwn(MixupMode mode) {
    int size = 12;
    List<Mixup.Draw> draws = draw(new Mixup(0.8, 1, 1, 0.5, mode, size, 0, 0));
    assertThat(new HashSet<>(draws)).hasSizeGreaterThan(IMAGES / size * 9 / 10);
    Mixup whole = both(mode);
    for (int first = 0; first < IMAGES; first += size) {
      List<Mixup.Draw> group = draws.subList(first, first + size);
      assertThat(group).isEqualTo(whole.draw(7, 2, 64 + first, size, HEIGHT, WIDTH));
    }
  }

  @Test
  void groupsAreFlippedWithin() {
    Mixup grouped = new Mixup(0.8, 1, 1, 0.5, MixupMode.BATCH, 4, 0, 0);
    assertThat(IntStream.range(0, 8).map(i -> grouped.partner(i, 8)))
        .containsExactly(3, 2, 1, 0, 7, 6, 5, 4);
    assertThat(IntStream.range(0, 4).map(i -> both(MixupMode.BATCH).partner(i, 4)))
        .containsExactly(3, 2, 1, 0);
  }

  @Test
  void sidesAloneTurnCutMixOn() {
    assertThat(new Mixup(0, 0, 1, 0.5, MixupMode.BATCH, 0, 0.2, 0.6).isOn()).isTrue();
    List<Mixup.Draw> draws = draw(new Mixup(0.8, 0, 1, 0.5, MixupMode.ELEM, 0, 0.2, 0.6));
    assertThat(draws).anyMatch(draw -> draw.pixels().box().area() > 0);
    assertThat(draws).anyMatch(draw -> draw.pixels().other() > 0);
  }

  @Test
  void anImagesDrawDependsOnItsPositionOnly() {
    Mixup mixup = both(MixupMode.ELEM);
    assertThat(mixup.draw(7, 2, 64 + 100, 50, HEIGHT, WIDTH))
        .isEqualTo(draw(mixup).subList(100, 150));
    assertThat(mixup.draw(7, 3, 64, IMAGES, HEIGHT, WIDTH)).isNotEqualTo(draw(mixup));
  }

  @Test
  void cutsAsOftenAsAskedAndAsMuchAsItSays() {
    List<Mixup.Draw> draws = draw(new Mixup(0.8, 1, 0.5, 0.25, MixupMode.ELEM, 0, 0, 0));
    double cut = draws.stream().filter(draw -> draw.pixels().box().area() > 0).count();
    double mixed = draws.stream().filter(draw -> draw.pixels().other() > 0).count();
    // Five standard deviations of the binomial distribution.
    assertThat(cut / IMAGES).isCloseTo(0.125, within(5 * Math.sqrt(0.125 * 0.875 / IMAGES)));
    assertThat(mixed / IMAGES).isCloseTo(0.375, within(5 * Math.sqrt(0.375 * 0.625 / IMAGES)));
    for (Mixup.Draw draw : draws) {
      ImageMix mix = draw.pixels();
      Box box = mix.box();
      assertThat(box.isIn(HEIGHT, WIDTH)).isTrue();
      double share = mix.own() - (double) box.area() / (HEIGHT * WIDTH);
      assertThat(draw.lambda()).isCloseTo(share, within(1e-6));
    }
  }

  @Test
  void drawsBoxesBySides() {
    for (Mixup.Draw draw : draw(new Mixup(0, 0, 1, 0.5, MixupMode.ELEM, 0, 0.2, 0.6))) {
      Box box = draw.pixels().box();
      assertThat(box.isIn(HEIGHT, WIDTH)).isTrue();
      assertThat(box.height()).isBetween(6, 17);
      assertThat(box.width()).isBetween(10, 29);
    }
    assertThat(draw(new Mixup(0, 0, 1, 0, MixupMode.ELEM, 0, 1, 1)))
        .allSatisfy(draw -> assertThat(draw.lambda()).isZero());
  }
}
