package io.github.deit4j.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory that this process occupies, as Linux tells it; 0 elsewhere. */
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final String FORGET_PEAK = "5";

  private static long before;

  private ResidentMemory() {}

  /** Returns the bytes that are occupied. */
  public static long bytes() throws IOException {
    return Files.exists(STATUS) ? kibibytes("VmRSS:") << 10 : 0;
  }

  /** Lets a peak begin here. */
  static void forgetPeak() throws IOException {
    if (Files.isWritable(CLEAR)) {
      Files.writeString(CLEAR, FORGET_PEAK);
      before = bytes();
    }
  }

  /** Returns by how many bytes the process was larger, at most, than when the peak began. */
  static long grownToPeak() throws IOException {
    return Files.exists(STATUS) ? Math.max(0, (kibibytes("VmHWM:") << 10) - before) : 0;
  }

  private static long kibibytes(String key) throws IOException {
    String status = Files.readString(STATUS);
    int at = status.indexOf(key) + key.length();
    return Long.parseLong(status.substring(at, status.indexOf(" kB", at)).strip());
  }
}
