package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LoadCheckTest {
  @Test
  void othersHaveAtMostAllTime() throws InterruptedException {
    assumeTrue(Files.isReadable(Path.of("/proc/stat")), "Linux tells it");
    LoadCheck check = LoadCheck.begin();
    Thread.sleep(200);
    assertThat(check.othersShare()).isBetween(0.0, 1.0);
  }
}
