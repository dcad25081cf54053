package io.github.deit4j.bench.cases;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Machine;
import io.github.deit4j.bench.measure.Round.Memory;
import io.github.deit4j.device.DeviceException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * A peer in a JVM of its own. It reads orders, one a line, and answers each with a line that begins
 * with {@code peer: }; whatever else its libraries print is passed over.
 *
 * <p>First, unasked: how it is configured. {@code check}: numbers as of {@link Workload#check}.
 * {@code time U N}: nanoseconds of N calls after U others, by its own clock. The end of the input
 * ends it.
 */
public final class PeerProcess implements Contender, AutoCloseable {
  private static final String ANSWER = "peer: ";
  private static final int LAST_LINES = 12;

  /** Who computes for less than half of this is at rest. */
  private static final Duration REST = Duration.ofMillis(30);

  /** So often it is looked at, at most. */
  private static final int LONGEST_REST = 20;

  /** Relative, of the largest number: two orders of summation differ by less. */
  private static final float TOLERANCE = 1e-3f;

  private final String name;
  private final Path log;
  private final Process process;
  private final BufferedReader answers;
  private final PrintWriter orders;
  private final String configuration;

  PeerProcess(String name, ProcessBuilder builder, Path log) throws IOException {
    this.name = name;
    this.log = log;
    this.process = builder.redirectError(log.toFile()).start();
    this.answers = process.inputReader(UTF_8);
    this.orders = new PrintWriter(process.outputWriter(UTF_8));
    this.configuration = answer();
  }

  /** Returns the name that it has among backends. */
  public String name() {
    return name;
  }

  /** Returns the most memory that the process ever had; null where not known. */
  Memory peakMemory() {
    OptionalLong bytes = Machine.peakMemory(process.pid());
    return bytes.isPresent() ? new Memory(bytes.getAsLong(), Memory.Kind.PROCESS) : null;
  }

  /** Returns what it says of itself: versions, threads. */
  public String configuration() {
    return configuration;
  }

  /** Returns when its threads have come to rest, too: OpenBLAS's spin for a tenth of a second. */
  @Override
  public long time(int untimed, int calls) {
    long nanos = Long.parseLong(ask("time " + untimed + " " + calls));
    awaitRest();
    return nanos;
  }

  @Override
  public boolean rests() {
    return true;
  }

  private void awaitRest() {
    try {
      Duration before = processorTime();
      for (int i = 0; i < LONGEST_REST; i++) {
        Thread.sleep(REST);
        Duration now = processorTime();
        if (now.minus(before).multipliedBy(2).compareTo(REST) < 0) {
          return;
        }
        before = now;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Duration processorTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /**
   * Has the peer check its results, before anything is timed.
   *
   * @throws IllegalStateException if they are not the same but for rounding
   */
  public void requireSameResults(float[] expected) {
    String[] numbers = ask("check").split(" ", -1);
    float[] found = new float[numbers.length];
    for (int i = 0; i < found.length; i++) {
      found[i] = Float.parseFloat(numbers[i]);
    }
    if (!agree(expected, found)) {
      throw new IllegalStateException(
          "%s computes something else: expected %s, found %s"
              .formatted(name(), beginning(expected), beginning(found)));
    }
  }

  static boolean agree(float[] expected, float[] found) {
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    boolean same = expected.length == found.length;
    for (int i = 0; same && i < expected.length; i++) {
      same = Math.abs(expected[i] - found[i]) <= TOLERANCE * largest;
    }
    return same;
  }

  static String beginning(float[] numbers) {
    return numbers.length + " numbers " + Arrays.toString(Arrays.copyOf(numbers, 4));
  }

  private String ask(String order) {
    orders.println(order);
    orders.flush();
    return answer();
  }

  private String answer() {
    try {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (line.startsWith(ANSWER)) {
          return line.substring(ANSWER.length());
        }
      }
      List<String> said = Files.readAllLines(log);
      throw new DeviceException(
          name()
              + " has ended; the last that it said: "
              + String.join(
                  System.lineSeparator(),
                  said.subList(Math.max(0, said.size() - LAST_LINES), said.size())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    orders.close();
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
