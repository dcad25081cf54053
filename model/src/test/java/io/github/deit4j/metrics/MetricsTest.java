package io.github.deit4j.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.metrics.CalibrationError.Bin;
import io.github.deit4j.metrics.ConfusionMatrix.ClassScore;
import io.github.deit4j.metrics.ConfusionMatrix.Entry;
import org.junit.jupiter.api.Test;

/** Numbers worked out by hand. */
class MetricsTest {
  @Test
  void confusionGivesPrecisionRecallAndF1() {
    ConfusionMatrix confusion = new ConfusionMatrix(4);
    int[][] images = {{0, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 0}, {1, 2}, {1, 0}};
    for (int[] each : images) {
      confusion.add(each[0], each[1]);
    }
    ClassScore first = confusion.score(0);
    assertThat(first.precision()).isEqualTo(2 / 4.0);
    assertThat(first.recall()).isEqualTo(2 / 3.0);
    assertThat(first.f1()).isEqualTo(4 / 7.0);
    assertThat(first.support()).isEqualTo(3);
    assertThat(confusion.score(1).f1()).isEqualTo(2 / 6.0);
    ClassScore neverThere = confusion.score(2);
    assertThat(neverThere.precision()).isZero();
    assertThat(neverThere.recall()).isNull();
    assertThat(neverThere.f1()).isZero();
    ClassScore neverAtAll = confusion.score(3);
    assertThat(neverAtAll.precision()).isNull();
    assertThat(neverAtAll.f1()).isNull();
    assertThat(confusion.entries())
        .containsExactly(
            new Entry(0, 0, 2),
            new Entry(0, 1, 1),
            new Entry(1, 0, 2),
            new Entry(1, 1, 1),
            new Entry(1, 2, 1));
    assertThat(confusion.mistakes())
        .containsExactly(new Entry(1, 0, 2), new Entry(0, 1, 1), new Entry(1, 2, 1));
    assertThat(confusion.count(2, 0)).isZero();
  }

  @Test
  void calibrationComparesConfidenceAndAccuracyBinByBin() {
    CalibrationError error = new CalibrationError();
    error.add(1, true);
    error.add(0.95, false);
    error.add(0.5, true);
    error.add(0, false);
    // (|1 - 1.95| + |1 - 0.5| + |0 - 0|) / 4
    assertThat(error.value()).isCloseTo((0.95 + 0.5) / 4, within(1e-12));
    assertThat(error.bins()).hasSize(3);
    Bin last = error.bins().getLast();
    assertThat(last.images()).isEqualTo(2);
    assertThat(last.accuracy()).isEqualTo(0.5);
    assertThat(last.confidence()).isCloseTo(0.975, within(1e-12));
    assertThat(last.to()).isEqualTo(1);
  }

  @Test
  void aBinHasItsUpperEnd() {
    CalibrationError error = new CalibrationError();
    error.add(1 / 15.0, true);
    error.add(Math.nextUp(1 / 15.0), true);
    assertThat(error.bins()).extracting(Bin::images).containsExactly(1L, 1L);
    assertThat(new CalibrationError().value()).isNaN();
  }
}
