package io.github.deit4j.bench.measure;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * How long this JVM has compiled. Its own count knows of a compilation when that is over, and one
 * may take a second in which the compiler has a processor that the work measured wants. So on Linux
 * it is the processor time of the compiler's threads.
 */
final class CompilerTime {
  private static final Path THREADS = Path.of("/proc/self/task");

  private CompilerTime() {}

  /** Returns milliseconds since the JVM's start; 0 where it does not compile. */
  static long milliseconds() {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      long nanos = 0;
      for (Path thread : threads) {
        nanos += nanosOfCompiler(thread);
      }
      return nanos / 1_000_000;
    } catch (IOException | RuntimeException e) {
      CompilationMXBean bean = ManagementFactory.getCompilationMXBean();
      return bean == null ? 0 : bean.getTotalCompilationTime();
    }
  }

  private static long nanosOfCompiler(Path thread) throws IOException {
    try {
      if (!Files.readString(thread.resolve("comm")).matches("C[12] CompilerThre.*\\s")) {
        return 0;
      }
      // Time on a processor, time waiting for one, turns.
      return Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]);
    } catch (NoSuchFileException e) {
      return 0; // it has ended meanwhile
    }
  }
}
