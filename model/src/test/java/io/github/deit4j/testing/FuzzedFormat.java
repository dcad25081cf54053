package io.github.deit4j.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A format under attack: whatever the bytes, they are read or refused by the reader's own error,
 * within limits of time and memory. Jazzer replays the examples, and the inputs that once broke
 * something from the test resources ({@code …FuzzTestInputs}), or makes up others where it is asked
 * to; {@code attack.FuzzCampaign} does for all formats.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class FuzzedFormat {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Bytes of Java heap that are allowed beyond an input's size. */
  private static final long MOST_BYTES = 64 << 20;

  /** Of a processor, so that nothing depends on what else the machine does. */
  private static final long MOST_NANOS = 1_000_000_000L;

  private static final int DAMAGED_INPUTS = 150;
  private static final long SEED = 20261130;

  /** For whoever reads files; JUnit makes one for each class. */
  @TempDir static Path folder;

  private FuzzCounts counts = new FuzzCounts();
  private List<byte[]> examples;

  /** Returns good inputs, and bad ones by which something once broke. */
  protected abstract List<byte[]> examples() throws IOException;

  /**
   * Reads an input, as far as its reader goes.
   *
   * @return whether it is good; false if the reader refused it by its own error
   */
  protected abstract boolean read(byte[] input) throws IOException;

  /** Returns an input with the checksums and lengths made right that would keep others from it. */
  protected byte[] repaired(byte[] input) {
    return input;
  }

  /** Returns an empty folder for files. */
  protected static Path folder() {
    return folder;
  }

  /** Goes on counting where others have ended. */
  final void countIn(FuzzCounts others) {
    counts = others;
  }

  final List<byte[]> seeds() throws IOException {
    if (examples == null) {
      examples = List.copyOf(examples());
    }
    return examples;
  }

  /** So that classes are loaded and nothing but the input is measured. */
  @BeforeAll
  final void warmUp() throws IOException {
    for (byte[] example : seeds()) {
      read(example);
    }
  }

  Stream<byte[]> exampleInputs() throws IOException {
    return seeds().stream();
  }

  /** An input as Jazzer or the examples have it. */
  @MethodSource("exampleInputs")
  @FuzzTest(maxDuration = "1m")
  public void readsOrRefuses(byte[] input) throws IOException {
    tryOut(input);
  }

  /** The same for inputs that are like the examples, damaged in ways that files are. */
  @Test
  public void readsOrRefusesDamagedOnes() throws IOException {
    var random = new SplittableRandom(SEED);
    for (int i = 0; i < DAMAGED_INPUTS; i++) {
      tryOut(damaged(random));
    }
    assertThat(counts.good).as("of %d inputs", counts.inputs).isLessThan(counts.inputs);
  }

  private byte[] damaged(SplittableRandom random) throws IOException {
    byte[] example = seeds().get(random.nextInt(seeds().size()));
    return random.nextBoolean()
        ? ByteMutations.mutate(example, random)
        : ByteMutations.exaggerate(example, random);
  }

  /** Reads an input as it is, and once more as it is repaired. */
  final void tryOut(byte[] input) throws IOException {
    measure(input);
    byte[] repaired = repaired(input);
    if (!Arrays.equals(input, repaired)) {
      measure(repaired);
    }
  }

  private void measure(byte[] input) throws IOException {
    counts.inputs++;
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long nanos = THREADS.getCurrentThreadCpuTime();
    counts.good += read(input) ? 1 : 0;
    nanos = THREADS.getCurrentThreadCpuTime() - nanos;
    bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes - input.length;
    counts.nanos += nanos;
    counts.slowestNanos = Math.max(counts.slowestNanos, nanos);
    counts.mostHeapBytes = Math.max(counts.mostHeapBytes, bytes);
    assertThat(bytes)
        .as("bytes allocated beyond the input's %d", input.length)
        .isLessThan(MOST_BYTES);
    assertThat(nanos).as("nanoseconds of a processor").isLessThan(MOST_NANOS);
  }
}
