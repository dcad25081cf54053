package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.golden.Golden;
import java.io.IOException;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Runs behind all other golden tests: in one JVM by its order, which {@code
 * junit-platform.properties} turns on; in several, which get classes by the alphabet, by its
 * package and name, but for those that another JVM has just begun.
 */
@Order(Integer.MAX_VALUE)
class WholeManifestGoldenTest {
  private static final long MOST_NANOSECONDS = 120_000_000_000L;

  @Test
  void everyListedFileHasBeenOpenedByAGoldenTest() throws IOException, InterruptedException {
    boolean others = System.getProperty("golden.opened") != null;
    long end = System.nanoTime() + MOST_NANOSECONDS;
    while (others && !Golden.notOpened().isEmpty() && System.nanoTime() - end < 0) {
      Thread.sleep(100);
    }
    assertThat(Golden.notOpened())
        .as("files that no golden test has opened (run all: -Dtest='*GoldenTest')")
        .isEmpty();
  }
}
