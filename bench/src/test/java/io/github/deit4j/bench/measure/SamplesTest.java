package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.bench.measure.Measurement.Samples;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void medianIsTheMiddleOrTheMeanOfTheMiddleTwo() {
    assertThat(new Samples(List.of(9.0, 1.0, 2.0)).median()).isEqualTo(2);
    assertThat(new Samples(List.of(9.0, 1.0, 2.0, 4.0)).median()).isEqualTo(3);
  }

  @Test
  void bestIsTheShortest() {
    assertThat(new Samples(List.of(3.0, 1.0, 2.0)).best()).isEqualTo(1);
  }

  /** The ratio of the medians would be 4/2, and is not what a slow spell leaves alone. */
  @Test
  void speedupIsTheMedianOfThePairs() {
    Samples mine = new Samples(List.of(1.0, 2.0, 20.0));
    Samples theirs = new Samples(List.of(1.5, 4.0, 30.0));
    assertThat(mine.speedupOver(theirs)).isEqualTo(1.5);
  }

  @Test
  void pairsNeedAsManyOfBoth() {
    Samples one = new Samples(List.of(1.0));
    Samples two = new Samples(List.of(1.0, 2.0));
    assertThatThrownBy(() -> one.speedupOver(two))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 1 and 2");
  }

  @Test
  void thereIsOneAtLeast() {
    assertThatThrownBy(() -> new Samples(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void quantilesLieBetweenSamplesInProportion() {
    Samples samples = new Samples(List.of(5.0, 1.0, 3.0));
    assertThat(samples.quantile(0)).isEqualTo(1);
    assertThat(samples.quantile(0.25)).isEqualTo(2);
    assertThat(samples.quantile(1)).isEqualTo(5);
  }
}
