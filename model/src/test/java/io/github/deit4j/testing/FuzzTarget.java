package io.github.deit4j.testing;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.opentest4j.TestAbortedException;

/**
 * What Jazzer calls in a JVM of a campaign: hands a {@link FuzzedFormat} inputs, keeps those that
 * break something, and counts.
 *
 * <p>Three kinds of damage end the JVM before it can tell of them. So the input at work always lies
 * in {@code last-input}, whose first four bytes are its length.
 */
public final class FuzzTarget {
  /** The class of the format. */
  public static final String FORMAT = "fuzz.format";

  /** A folder, for {@code corpus}, {@code defects}, {@code counts} and {@code last-input}. */
  public static final String FOLDER = "fuzz.folder";

  /** A folder for the files that are read. */
  public static final String SCRATCH = "fuzz.scratch";

  /** Exit code of a JVM in which an input took no end. */
  static final int HANGS = 3;

  /** More of them are mostly the same again. */
  private static final int MOST_DEFECTS = 100;

  private static final long MOST_NATIVE_BYTES = 64 << 20;
  private static final long HANGS_NANOS = 20_000_000_000L;
  private static final long WRITE_EVERY_MS = 2000;

  /** To look at the process's memory takes a tenth of a millisecond. */
  private static final long LOOK_EVERY_NANOS = 20_000_000;

  private static final int LONGEST = 1 << 20;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static FuzzedFormat format;
  private static FuzzCounts counts;
  private static Path folder;
  private static MappedByteBuffer lastInput;
  private static final List<byte[]> SINCE_LOOK = new ArrayList<>();
  private static long lookedAt;
  private static int newDefects;
  private static volatile long begun;

  private FuzzTarget() {}

  /** Called by Jazzer once, before the first input. */
  public static void fuzzerInitialize() throws ReflectiveOperationException, IOException {
    var constructor = Class.forName(System.getProperty(FORMAT)).getDeclaredConstructor();
    constructor.setAccessible(true);
    format = (FuzzedFormat) constructor.newInstance();
    FuzzedFormat.folder = Path.of(System.getProperty(SCRATCH));
    folder = Path.of(System.getProperty(FOLDER));
    counts = FuzzCounts.read(folder.resolve("counts"));
    try {
      format.warmUp();
    } catch (TestAbortedException e) {
      counts.absent = true;
      counts.write(folder.resolve("counts"));
      Runtime.getRuntime().halt(0);
    }
    counts.absent = false;
    format.countIn(counts);
    int number = 0;
    for (byte[] example : format.seeds()) {
      Files.write(folder.resolve("corpus").resolve("example-" + number++), example);
    }
    try (var channel =
        FileChannel.open(
            folder.resolve("last-input"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      lastInput = channel.map(MapMode.READ_WRITE, 0, Integer.BYTES + LONGEST);
    }
    long fuzzer = Thread.currentThread().threadId();
    Thread.ofPlatform().daemon().name("fuzz watch").start(() -> watch(fuzzer));
    ResidentMemory.forgetPeak();
  }

  /** Called by Jazzer with each input; the same input gives the same ones beside it. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    var random = new SplittableRandom(Arrays.hashCode(input));
    List<byte[]> inputs =
        List.of(
            input, ByteMutations.mutate(input, random), ByteMutations.exaggerate(input, random));
    long now = THREADS.getCurrentThreadCpuTime();
    begun = now;
    for (byte[] each : inputs) {
      tryOut(each);
    }
    SINCE_LOOK.addAll(inputs);
    begun = Long.MAX_VALUE;
    if (now - lookedAt > LOOK_EVERY_NANOS) {
      lookAtMemory();
      lookedAt = now;
    }
  }

  private static void tryOut(byte[] input) {
    lastInput.putInt(0, input.length).put(Integer.BYTES, input, 0, Math.min(LONGEST, input.length));
    try {
      format.tryOut(input);
    } catch (Throwable e) {
      keep(input, e);
    }
  }

  /**
   * What may have grown is the compiler's memory, too, so an input is to blame only if the same
   * happens when it is tried alone.
   */
  private static void lookAtMemory() throws IOException {
    if (ResidentMemory.grownToPeak() > MOST_NATIVE_BYTES) {
      for (byte[] each : SINCE_LOOK) {
        ResidentMemory.forgetPeak();
        tryOut(each);
        long grown = ResidentMemory.grownToPeak();
        if (grown - each.length > MOST_NATIVE_BYTES) {
          keep(each, new AssertionError(grown + " bytes of memory beside the heap"));
        }
        counts.mostNativeBytes = Math.max(counts.mostNativeBytes, grown);
      }
    } else {
      counts.mostNativeBytes = Math.max(counts.mostNativeBytes, ResidentMemory.grownToPeak());
    }
    SINCE_LOOK.clear();
    ResidentMemory.forgetPeak();
  }

  private static void keep(byte[] input, Throwable defect) {
    counts.defects++;
    Path file = folder.resolve("defects").resolve("defect-" + System.nanoTime());
    try (var out = new PrintWriter(file + ".txt", StandardCharsets.UTF_8)) {
      Files.write(file, input);
      defect.printStackTrace(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (++newDefects == MOST_DEFECTS) {
      throw new AssertionError("many defects", defect);
    }
  }

  /** Writes the counts now and then, and ends the JVM if an input takes no end. */
  private static void watch(long fuzzer) {
    try {
      while (true) {
        Thread.sleep(WRITE_EVERY_MS);
        counts.write(folder.resolve("counts"));
        if (THREADS.getThreadCpuTime(fuzzer) - begun > HANGS_NANOS) {
          Runtime.getRuntime().halt(HANGS);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Called by Jazzer at the end. */
  public static void fuzzerTearDown() throws IOException {
    counts.write(folder.resolve("counts"));
  }
}
