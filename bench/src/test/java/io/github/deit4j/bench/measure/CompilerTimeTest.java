package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class CompilerTimeTest {
  @Test
  void isOfTheOrderOfWhatTheJvmCounts() {
    long own = CompilerTime.milliseconds();
    long counted = ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
    // The JVM counts by the clock: many times as much where processors are short, less where a
    // compilation is not over yet.
    assertThat(own).isBetween(counted / 50, 2 * counted + 1000);
  }
}
