package io.github.deit4j.bench.measure;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** What is known of the machine on which is measured. */
public final class Machine {
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
}
