package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CoreDistanceTest {
  @Test
  @Timeout(60)
  void measuresAndEndsItsThread() {
    assertThat(Machine.CoreDistance.nanoseconds()).isPositive();
    // By name, since other tests' threads may begin and end meanwhile.
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain(Machine.CoreDistance.THREAD);
  }

  @Test
  void saysWhatItMeasuredInNanoseconds() {
    assertThat(Machine.CoreDistance.description()).matches("unknown|\\d+ ns");
  }
}
