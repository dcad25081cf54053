package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MachineTest {
  @Test
  void othersHaveAtMostAllTime() throws InterruptedException {
    assumeTrue(Files.isReadable(Path.of("/proc/stat")), "Linux tells it");
    Machine.Ticks ticks = Machine.Ticks.now();
    Thread.sleep(200);
    assertThat(Machine.Ticks.othersShareSince(ticks)).isBetween(0.0, 1.0);
  }
}
