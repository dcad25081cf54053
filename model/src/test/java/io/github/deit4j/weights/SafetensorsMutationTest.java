package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.weights.SafetensorsWriter.Entry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
      byte[] mutated = mutate(valid, random);
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

  /** Flips, cuts out, inserts or doubles some bytes, up to three times. */
  private static byte[] mutate(byte[] valid, SplittableRandom random) {
    byte[] bytes = valid;
    for (int i = random.nextInt(1, 4); i > 0 && bytes.length > 0; i--) {
      int from = random.nextInt(bytes.length);
      int to = Math.min(bytes.length, from + random.nextInt(1, 9));
      var inserted = new byte[random.nextInt(1, 9)];
      random.nextBytes(inserted);
      bytes =
          switch (random.nextInt(5)) {
            case 0 -> flip(bytes, from, random);
            case 1 -> splice(bytes, from, to, new byte[0]);
            case 2 -> splice(bytes, from, from, inserted);
            case 3 -> splice(bytes, from, from, Arrays.copyOfRange(bytes, from, to));
            default -> Arrays.copyOf(bytes, from);
          };
    }
    return bytes;
  }

  private static byte[] flip(byte[] bytes, int at, SplittableRandom random) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] replacement) {
    var spliced = new byte[bytes.length - (to - from) + replacement.length];
    System.arraycopy(bytes, 0, spliced, 0, from);
    System.arraycopy(replacement, 0, spliced, from, replacement.length);
    System.arraycopy(bytes, to, spliced, from + replacement.length, bytes.length - to);
    return spliced;
  }

  /** Any exception but a {@link FormatException} goes through and fails the test. */
  private boolean loads(byte[] bytes) throws IOException {
    Path path = Files.write(folder.resolve("mutated.safetensors"), bytes);
    try (var file = SafetensorsFile.open(path)) {
      for (var tensor : file.tensors().values()) {
        if (Elements.isFloatingPoint(tensor.dtype())) {
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
