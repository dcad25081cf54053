package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CoreDistanceTest {
  @Test
  @Timeout(60)
  void measuresAndEndsItsThread() {
    int threads = Thread.activeCount();
    assertThat(CoreDistance.nanoseconds()).isPositive();
    assertThat(Thread.activeCount()).isEqualTo(threads);
  }

  @Test
  void saysWhatItMeasuredInNanoseconds() {
    assertThat(CoreDistance.description()).matches("unknown|\\d+ ns");
  }
}
