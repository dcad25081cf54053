package io.github.deit4j.collective.mpi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How many processors are one rank's of a machine that several share.
 *
 * @param threads how many threads it should have, 1 at least
 * @param warning why that is fewer than there could be, if it is
 */
public record ProcessorShare(int threads, Optional<String> warning) {
  private static final String ALLOWED = "Cpus_allowed_list:";

  /** Returns the share of the calling process. */
  public static ProcessorShare of(Launch launch) {
    int own = Runtime.getRuntime().availableProcessors();
    return of(launch, own, Math.max(own, ofAncestors()));
  }

  /**
   * Returns the share of a rank.
   *
   * @param own how many processors it may run on
   * @param machine how many its launcher may use on the machine
   */
  static ProcessorShare of(Launch launch, int own, int machine) {
    int fair = Math.max(1, machine / launch.localSize());
    // Bound to processors of its own, it shares them with nobody.
    boolean bound = own <= fair;
    int threads = bound ? own : fair;
    if (threads == fair) {
      return new ProcessorShare(threads, Optional.empty());
    }
    return new ProcessorShare(
        threads,
        Optional.of(
            "%s has bound each process to %d of %d processors; with --bind-to none (Slurm: --cpu-bind=none) %d could have %d each"
                .formatted(launch.launcher(), own, machine, launch.localSize(), fair)));
  }

  /** The launcher binds what it starts, not itself. */
  private static int ofAncestors() {
    return Stream.iterate(
            ProcessHandle.current().parent(), Optional::isPresent, p -> p.get().parent())
        .mapToInt(parent -> allowed(Path.of("/proc", Long.toString(parent.get().pid()), "status")))
        .max()
        .orElse(0);
  }

  /** Returns the number of processors in a process's status file, 0 where it cannot be told. */
  static int allowed(Path status) {
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith(ALLOWED))
          .mapToInt(line -> count(line.substring(ALLOWED.length()).strip()))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  /** Counts a list such as {@code 0-3,8}. */
  private static int count(String list) {
    return Stream.of(list.split(","))
        .map(range -> range.split("-"))
        .mapToInt(ends -> Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1)
        .sum();
  }
}
