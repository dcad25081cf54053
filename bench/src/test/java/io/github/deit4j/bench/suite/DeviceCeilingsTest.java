package io.github.deit4j.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** On the processor, which is a backend like a device. */
class DeviceCeilingsTest {
  private final DeviceCeilings ceilings =
      new DeviceCeilings(new Effort(1, Duration.ZERO, Duration.ZERO, Duration.ZERO, 1 << 20), 64);

  @Test
  void arithmeticMemoryAndTransfers() {
    try (Backend backend = Backends.select("cpu", 1).backend()) {
      assertThat(ceilings.measure(backend, Precision.FP32))
          .allSatisfy(each -> assertThat(each.value()).isPositive())
          .extracting(Ceiling::kind)
          .containsExactly(Ceiling.Kind.values());
      assertThat(ceilings.measure(backend, Precision.BF16))
          .extracting(Ceiling::kind)
          .containsExactly(Ceiling.Kind.ARITHMETIC);
    }
  }
}
