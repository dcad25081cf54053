package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.testing.ByteMutations;
import io.github.deit4j.weights.SafetensorsWriter.Entry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsMutationTest {
  private static final long SEED = 20260131;
  private static final int ROUNDS = 2000;
  private static final long MAX_ALLOCATED_BYTES = 4 << 20;

  @TempDir Path folder;

  @Test
  void mutatedFilesLoadOrAreRefused() throws IOException {
    byte[] valid = validFile();
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
    assertThat(refused).isBetween(ROUNDS / 2, ROUNDS - 1);
  }

  private byte[] validFile() throws IOException {
    Path path = folder.resolve("valid.safetensors");
    SafetensorsWriter.write(
        path,
        Map.of("model", "deit", "classes", "[\"a\",\"b\"]"),
        List.of(
            Entry.of("cls_token", Shape.of(1, 1, 4), new float[4]),
            new Entry("half", DType.F16, Shape.of(3), MemorySegment.ofArray(new byte[6])),
            Entry.of("empty", Shape.of(0, 4), new float[0]),
            Entry.of("step", Shape.of(), new long[1])));
    return Files.readAllBytes(path);
  }

  /** Any exception but a {@link FormatException} goes through and fails the test. */
  private boolean loads(byte[] bytes) throws IOException {
    Path path = Files.write(folder.resolve("mutated.safetensors"), bytes);
    try (var file = SafetensorsFile.open(path)) {
      for (var tensor : file.tensors().values()) {
        if (tensor.isFloatingPoint()) {
          assertThat(file.floats(tensor.name())).hasSize((int) tensor.shape().elements());
        } else {
          assertThat(file.longs(tensor.name())).hasSize((int) tensor.shape().elements());
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
