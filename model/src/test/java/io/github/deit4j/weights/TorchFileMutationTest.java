package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.deit4j.testing.ByteMutations;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TorchFileMutationTest {
  private static final long SEED = 20260717;
  private static final int ROUNDS = 1000;
  private static final long MAX_ALLOCATED_BYTES = 4 << 20;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"plain-zip", "checkpoint-legacy", "protocol4-zip", "wrapped-legacy"})
  void mutatedFilesLoadOrAreRefused(String name) throws IOException {
    byte[] valid = Files.readAllBytes(TorchFileTest.resource(name + ".pth"));
    var random = new SplittableRandom(SEED);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] mutated = ByteMutations.mutate(valid, random);
      long before = allocatedBytes();
      refused += loads(mutated) ? 0 : 1;
      assertThat(allocatedBytes() - before)
          .as("bytes allocated in round %d of seed %d", round, SEED)
          .isLessThan(MAX_ALLOCATED_BYTES);
    }
    assertThat(refused).isBetween(ROUNDS / 4, ROUNDS - 1);
  }

  /** Any exception but a {@link FormatException} goes through and fails the test. */
  private boolean loads(byte[] bytes) throws IOException {
    Path path = Files.write(folder.resolve("mutated.pth"), bytes);
    try (var file = WeightFile.open(path)) {
      for (var tensor : file.tensors().values()) {
        if (tensor.isFloatingPoint()) {
          assertThat(file.floats(tensor.name())).hasSize((int) tensor.shape().elements());
        }
      }
      return true;
    } catch (FormatException e) {
      assertThat(e).hasMessageStartingWith(path + ": ");
      return false;
    }
  }

  private static long allocatedBytes() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }
}
