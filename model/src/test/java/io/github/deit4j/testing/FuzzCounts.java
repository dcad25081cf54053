package io.github.deit4j.testing;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;

/** What came of all inputs of a format so far, kept in a file from one JVM to the next. */
public final class FuzzCounts {
  private static final double MEBI = 1048576.0;

  long inputs;
  long good;
  long defects;
  long nanos;
  long slowestNanos;
  long mostHeapBytes;
  long mostNativeBytes;
  boolean absent;

  /** Counts nothing yet. */
  public FuzzCounts() {}

  /** Returns what a file says, or nothing counted if it is not there. */
  public static FuzzCounts read(Path file) throws IOException {
    var counts = new FuzzCounts();
    if (Files.exists(file)) {
      var properties = new Properties();
      try (Reader in = Files.newBufferedReader(file)) {
        properties.load(in);
      }
      counts.inputs = number(properties, "inputs");
      counts.good = number(properties, "good");
      counts.defects = number(properties, "defects");
      counts.nanos = number(properties, "nanos");
      counts.slowestNanos = number(properties, "slowest-nanos");
      counts.mostHeapBytes = number(properties, "most-heap-bytes");
      counts.mostNativeBytes = number(properties, "most-native-bytes");
      counts.absent = Boolean.parseBoolean(properties.getProperty("absent"));
    }
    return counts;
  }

  private static long number(Properties properties, String key) {
    return Long.parseLong(properties.getProperty(key, "0"));
  }

  /** Replaces the file, at once. */
  public synchronized void write(Path file) throws IOException {
    var properties = new Properties();
    properties.setProperty("inputs", Long.toString(inputs));
    properties.setProperty("good", Long.toString(good));
    properties.setProperty("defects", Long.toString(defects));
    properties.setProperty("nanos", Long.toString(nanos));
    properties.setProperty("slowest-nanos", Long.toString(slowestNanos));
    properties.setProperty("most-heap-bytes", Long.toString(mostHeapBytes));
    properties.setProperty("most-native-bytes", Long.toString(mostNativeBytes));
    properties.setProperty("absent", Boolean.toString(absent));
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (Writer out = Files.newBufferedWriter(fresh)) {
      properties.store(out, null);
    }
    Files.move(fresh, file, ATOMIC_MOVE);
  }

  /** Returns how many inputs were tried. */
  public long inputs() {
    return inputs;
  }

  /** Returns how many of them broke something. */
  public long defects() {
    return defects;
  }

  /** Adds one that the JVM did not survive. */
  public void addDefect() {
    defects++;
  }

  /** Returns whether what reads the format is not on this machine. */
  public boolean absent() {
    return absent;
  }

  /** Returns a line of a table. */
  @Override
  public String toString() {
    return absent
        ? "not on this machine"
        : String.format(
            Locale.ROOT,
            "%,12d inputs, %,9d good, %7.0f s of a core, slowest %6.3f s, most heap %5.1f MiB,"
                + " most other memory %5.1f MiB, %d defects",
            inputs,
            good,
            nanos / 1e9,
            slowestNanos / 1e9,
            mostHeapBytes / MEBI,
            mostNativeBytes / MEBI,
            defects);
  }
}
