package io.github.deit4j.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What Linux tells of a process's and the machine's memory. */
public final class ProcessMemory {
  private static final long KIB = 1024;

  private ProcessMemory() {}

  /** Returns the most bytes that the process ever had in memory, nothing where not known. */
  public static OptionalLong peak(long pid) {
    return value(Path.of("/proc", Long.toString(pid), "status"), "VmHWM:");
  }

  /** Returns the bytes that programs can still get without swapping, nothing where not known. */
  public static OptionalLong available() {
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
