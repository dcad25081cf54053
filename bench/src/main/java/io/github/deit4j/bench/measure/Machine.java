package io.github.deit4j.bench.measure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.LongStream;

/** What the system tells of the machine on which is measured. */
public final class Machine {
  /** Nanoseconds of a tick in {@code /proc/stat}: USER_HZ is 100 wherever Java runs. */
  private static final double TICK = 10_000_000;

  private Machine() {}

  /**
   * Returns how many programs wanted to run in the last minute, ours among them, and how long the
   * way to another processor and back takes.
   */
  public static String surroundings() {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return String.format(
        Locale.ROOT,
        "load average %s, to another processor and back %s",
        load < 0 ? "unknown" : String.format(Locale.ROOT, "%.2f", load),
        CoreDistance.description());
  }

  /** Returns the most bytes that the process ever had in memory, nothing where not known. */
  public static OptionalLong peakMemory(long pid) {
    return kibibytes(Path.of("/proc", Long.toString(pid), "status"), "VmHWM:");
  }

  /** Returns the bytes that programs can still get without swapping, nothing where not known. */
  public static OptionalLong availableMemory() {
    return kibibytes(Path.of("/proc/meminfo"), "MemAvailable:");
  }

  private static OptionalLong kibibytes(Path file, String key) {
    return lines(file).stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D+", "")))
        .findFirst();
  }

  /** Returns nothing where the system has no such file, or a process has ended. */
  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }

  /**
   * The processors' time so far in ticks, by Linux's own count, what a hypervisor kept included.
   *
   * @param own of this process, of those that it has started, and of those that have ended
   */
  record Ticks(long busy, long all, double own) {
    static Ticks now() {
      List<String> stat = lines(Path.of("/proc/stat"));
      List<String> self = lines(Path.of("/proc/self/stat"));
      if (stat.isEmpty() || self.isEmpty()) {
        return null;
      }
      // user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of these
      long[] fields = numbers(stat.getFirst().replaceFirst("cpu +", ""), 0, 8);
      long all = LongStream.of(fields).sum();
      String line = self.getFirst();
      // Behind the name, which may hold anything: utime, stime, and both of ended children.
      double own = LongStream.of(numbers(line.substring(line.lastIndexOf(')') + 2), 11, 15)).sum();
      double children =
          ProcessHandle.current()
              .descendants()
              .mapToDouble(each -> each.info().totalCpuDuration().orElse(Duration.ZERO).toNanos())
              .sum();
      return new Ticks(all - fields[3] - fields[4], all, own + children / TICK);
    }

    private static long[] numbers(String line, int from, int to) {
      String[] fields = line.split(" ", -1);
      return LongStream.range(from, to).map(i -> Long.parseLong(fields[(int) i])).toArray();
    }

    static Double othersShareSince(Ticks before) {
      Ticks now = now();
      if (before == null || now == null || now.all == before.all) {
        return null;
      }
      double others = now.busy - before.busy - (now.own - before.own);
      return Math.max(0, others / (now.all - before.all));
    }
  }

  /**
   * How long a number's way to another processor and back takes. Processors with a last-level cache
   * in common are near, others far; those of a virtual machine move from one to the other, and what
   * threads share then costs several times as much.
   */
  static final class CoreDistance {
    static final String THREAD = "deit4j-core-distance";

    private static final int ROUNDS = 50_000;
    private static final int ROUNDS_PER_CLOCK_READ = 64;

    /** On a busy machine a thread may wait for a processor, milliseconds each time. */
    private static final long MAX_NANOS = 200_000_000;

    private static final int STOP = -1;

    /** Of an array that has two cache lines to itself on either side. */
    private static final int PLACE = 32;

    private CoreDistance() {}

    /** Measures, as a text; {@code unknown} where there is only one processor. */
    static String description() {
      return Runtime.getRuntime().availableProcessors() == 1
          ? "unknown"
          : String.format(Locale.ROOT, "%.0f ns", nanoseconds());
    }

    static double nanoseconds() {
      AtomicIntegerArray ball = new AtomicIntegerArray(2 * PLACE);
      Thread other = Thread.ofPlatform().name(THREAD).daemon().start(() -> giveBack(ball));
      try {
        play(ball); // Until it is compiled.
        return play(ball);
      } finally {
        ball.set(PLACE, STOP);
        try {
          other.join();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private static double play(AtomicIntegerArray ball) {
      long start = System.nanoTime();
      long nanos = 0;
      int rounds = 0;
      while (rounds < ROUNDS && nanos < MAX_NANOS) {
        for (int i = 0; i < ROUNDS_PER_CLOCK_READ; i++) {
          ball.set(PLACE, 1);
          while (ball.get(PLACE) == 1) {
            Thread.onSpinWait();
          }
        }
        rounds += ROUNDS_PER_CLOCK_READ;
        nanos = System.nanoTime() - start;
      }
      return (double) nanos / rounds;
    }

    private static void giveBack(AtomicIntegerArray ball) {
      for (int there = ball.get(PLACE); there != STOP; there = ball.get(PLACE)) {
        if (there == 1) {
          ball.set(PLACE, 0);
        } else {
          Thread.onSpinWait();
        }
      }
    }
  }
}
