package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.cli.Cli;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What can be made to fail under a command, one operation after another. */
abstract class FaultKind {
  static final int BAD_DATA = 65;
  static final int UNAVAILABLE = 69;
  static final int CANNOT_WRITE = 73;
  static final int USAGE = 2;

  /**
   * What happened.
   *
   * @param operations in order
   * @param failed whether one of them was made to fail
   * @param left what was left behind that should not have been, in words
   */
  record Outcome(List<String> operations, boolean failed, List<String> left) {
    Outcome(List<String> operations, boolean failed) {
      this(operations, failed, List.of());
    }
  }

  /** Returns the ways in which an operation can fail. */
  List<Fault> faults() {
    return List.of(Fault.ONCE, Fault.LASTING);
  }

  /** Counts operations from now on, and lets the n-th, counted from 0, fail; none if negative. */
  abstract void begin(Path folder, int n, Fault fault) throws IOException;

  /** Runs a command line. */
  Cli run(List<String> arguments) throws IOException {
    return Cli.run(arguments.toArray());
  }

  /** Lets nothing fail any more. */
  abstract Outcome end() throws IOException;

  /** Returns the exit codes that are right where an operation has failed. */
  abstract Set<Integer> rightCodes(String operation, Fault fault);
}
