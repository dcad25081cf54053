package io.github.deit4j.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * How much of the processors' time other programs had over a while, by Linux's own count ({@code
 * /proc/stat}), what a hypervisor kept included. This process and those that it has started are not
 * others.
 */
public final class LoadCheck {
  private static final Path STAT = Path.of("/proc/stat");

  /** Nanoseconds of a tick in {@code /proc/stat}: USER_HZ is 100 wherever Java runs. */
  private static final double TICK = 10_000_000;

  private static final Path SELF = Path.of("/proc/self/stat");

  /** After the name: utime, stime, and both of the children that have ended. */
  private static final int USER_TIME = 11;

  private static final int TIMES = 4;

  private static final int IDLE = 3;
  private static final int IO_WAIT = 4;

  /** The fields after these are parts of the first ones. */
  private static final int STEAL = 7;

  private record Ticks(long busy, long all, double own) {}

  private final Ticks before;

  private LoadCheck(Ticks before) {
    this.before = before;
  }

  /** Begins a while. */
  public static LoadCheck begin() {
    return new LoadCheck(ticks());
  }

  /** Returns the others' share of all processors' time since then, null where it is not known. */
  public Double othersShare() {
    Ticks now = ticks();
    if (before == null || now == null || now.all() == before.all()) {
      return null;
    }
    double others = now.busy() - before.busy() - (now.own() - before.own());
    return Math.max(0, others / (now.all() - before.all()));
  }

  /** Returns the counts of now; null where the system has none. */
  private static Ticks ticks() {
    if (!Files.isReadable(STAT)) {
      return null;
    }
    try (Stream<String> lines = Files.lines(STAT)) {
      String[] fields = lines.findFirst().orElseThrow().split(" +");
      long all = 0;
      for (int i = 0; i <= STEAL; i++) {
        all += Long.parseLong(fields[1 + i]);
      }
      long idle = Long.parseLong(fields[1 + IDLE]) + Long.parseLong(fields[1 + IO_WAIT]);
      return new Ticks(all - idle, all, own());
    } catch (IOException e) {
      return null;
    }
  }

  /** Returns the ticks of this process, of those that it has started, and of those that ended. */
  private static double own() throws IOException {
    String stat = Files.readString(SELF);
    // The name before may hold anything but this.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    double ticks = 0;
    for (int i = USER_TIME; i < USER_TIME + TIMES; i++) {
      ticks += Long.parseLong(fields[i]);
    }
    return ticks
        + ProcessHandle.current()
            .descendants()
            .mapToDouble(
                process -> process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / TICK)
            .sum();
  }
}
