package io.github.deit4j.cli;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.Single;
import io.github.deit4j.collective.mpi.Launch;
import io.github.deit4j.collective.mpi.Mpi;
import io.github.deit4j.collective.mpi.ProcessorShare;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The processes that run this command together, where a launcher has started more than one. The
 * first speaks for all; another speaks when it fails, and ends them all.
 */
final class Ranks {
  /** Commands that are of use on many ranks. */
  private static final Set<String> COMMANDS = Set.of("train", "evaluate");

  /** What fails on all ranks is said by the first, before it is another's turn. */
  private static final long TURN_MILLIS = 250;

  private static final int LAST_TURN = 20;

  private final Optional<Launch> launch;
  private final Map<String, String> environment;
  private Collective together = new Single();
  private boolean met;

  private Ranks(Optional<Launch> launch, Map<String, String> environment) {
    this.launch = launch;
    this.environment = environment;
  }

  /** Returns what the environment says; loads nothing. */
  static Ranks of(Map<String, String> environment) {
    return new Ranks(Launch.detect(environment), environment);
  }

  /** Returns the one rank of a process that no launcher has started. */
  static Ranks alone() {
    return new Ranks(Optional.empty(), Map.of());
  }

  boolean many() {
    return launch.isPresent();
  }

  /** Returns whether this rank speaks for all. */
  boolean speaks() {
    return rank() == 0;
  }

  int rank() {
    return launch.map(Launch::rank).orElse(0);
  }

  /** Returns this rank's number among those of its machine. */
  int localRank() {
    return launch.map(Launch::localRank).orElse(0);
  }

  /** Returns how this rank begins what it says about itself. */
  String name() {
    return met ? "rank " + rank() + ": " : "";
  }

  /**
   * Refuses commands that many processes would do many times.
   *
   * @param args the command line
   * @throws UsageException if there are many and the command is not for them
   */
  void requireFor(String[] args) {
    boolean command = args.length > 0 && !args[0].startsWith("-");
    if (many() && command && !COMMANDS.contains(args[0])) {
      Launch many = launch.get();
      throw new UsageException(
          "%s: expected one process, found %d, started by %s; train and evaluate work together, the rest alone"
              .formatted(args[0], many.size(), many.launcher()));
    }
  }

  /** Returns how many threads each rank of this machine should have, 0 for all processors. */
  int threads() {
    return launch.map(many -> ProcessorShare.of(many).threads()).orElse(0);
  }

  /**
   * Meets the others, the first time; a process alone meets nobody.
   *
   * @throws io.github.deit4j.collective.CollectiveException if there is no library, or the others
   *     do not come
   */
  Collective meet(Terminal terminal) throws InterruptedException {
    if (launch.isPresent() && !met) {
      Launch many = launch.get();
      together = Mpi.start(many, patience());
      met = true;
      if (many.localRank() == 0) {
        ProcessorShare.of(many).warning().ifPresent(terminal::say);
      }
      terminal.say(
          "%d processes work together, %d of them on this machine; %s"
              .formatted(many.size(), many.localSize(), together.description()));
    }
    return together;
  }

  private Duration patience() {
    String seconds = environment.get(Mpi.TIMEOUT_VARIABLE);
    if (seconds == null) {
      return Collective.PATIENCE;
    }
    if (!seconds.matches("[1-9]\\d{0,8}")) {
      throw new UsageException(
          "%s: expected seconds, 1 or more, found %s".formatted(Mpi.TIMEOUT_VARIABLE, seconds));
    }
    return Duration.ofSeconds(Long.parseLong(seconds));
  }

  /**
   * Waits for this rank's turn to say that it has failed, by which it may have been ended.
   *
   * @return whether there is something to say that no other rank says
   */
  boolean maySay(int code) {
    if (launch.isEmpty() || speaks()) {
      return true;
    }
    if (!met && (code == ExitCode.USAGE || launch.get().localRank() != 0)) {
      return false;
    }
    try {
      Thread.sleep(TURN_MILLIS * Math.min(rank(), LAST_TURN));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  /** Takes leave of the others when all is done, or ends them when this one has failed. */
  void end(int code) {
    if (code == ExitCode.OK || code == ExitCode.STOPPED) {
      together.close();
    } else if (met) {
      together.abort(code, "exit code " + code);
    }
  }
}
