package io.github.deit4j.bench.measure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What the system tells of the machine on which is measured. */
public final class Machine {
  private static final long KIB = 1024;

  private Machine() {}

  /** Returns processor, system and Java in one line. */
  public static String description(String processor) {
    return "%s, %d processors, %s %s, Java %s"
        .formatted(
            processor,
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            Runtime.version());
  }

  /**
   * Returns how many programs wanted to run in the last minute, {@code unknown} where the system
   * does not tell. Our own threads are among them.
   */
  public static String load() {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return load < 0 ? "unknown" : String.format(Locale.ROOT, "%.2f", load);
  }

  /** Returns the most bytes that the process ever had in memory, nothing where not known. */
  public static OptionalLong peakMemory(long pid) {
    return value(Path.of("/proc", Long.toString(pid), "status"), "VmHWM:");
  }

  /** Returns the bytes that programs can still get without swapping, nothing where not known. */
  public static OptionalLong availableMemory() {
    return value(Path.of("/proc/meminfo"), "MemAvailable:");
  }

  private static OptionalLong value(Path file, String key) {
    if (!Files.isReadable(file)) {
      return OptionalLong.empty();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> KIB * Long.parseLong(line.replaceAll("\\D+", "")))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty(); // the process has ended
    }
  }
}
