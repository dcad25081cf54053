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

  private static final int IDLE = 3;
  private static final int IO_WAIT = 4;

  /** The fields after these are parts of the first ones. */
  private static final int STEAL = 7;

  private record Ticks(long busy, long all) {}

  private final Ticks ticks;
  private final Duration own;

  private LoadCheck(Ticks ticks, Duration own) {
    this.ticks = ticks;
    this.own = own;
  }

  /** Begins a while. */
  public static LoadCheck begin() {
    return new LoadCheck(ticks(), own());
  }

  /** Returns the others' share of all processors' time since then, null where it is not known. */
  public Double othersShare() {
    Ticks now = ticks();
    if (ticks == null || now == null || now.all() == ticks.all()) {
      return null;
    }
    double ownTicks = own().minus(own).toNanos() / TICK;
    double others = now.busy() - ticks.busy() - ownTicks;
    return Math.max(0, others / (now.all() - ticks.all()));
  }

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
      return new Ticks(
          all - Long.parseLong(fields[1 + IDLE]) - Long.parseLong(fields[1 + IO_WAIT]), all);
    } catch (IOException e) {
      return null;
    }
  }

  private static Duration own() {
    ProcessHandle self = ProcessHandle.current();
    return Stream.concat(Stream.of(self), self.descendants())
        .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }
}
