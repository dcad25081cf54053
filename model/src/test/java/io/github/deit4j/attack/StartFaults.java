package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.cli.Cli;
import io.github.deit4j.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Native functions from the start of a JVM on, which are called once in each: all of them. What
 * goes on after a failure does so in the campaign's JVM, which has started long ago.
 */
final class StartFaults extends FaultKind {
  private static final String CRASHED = "CRASHED";

  private final Path library;
  private final Path calls;
  private int failing;
  private Fault fault = Fault.ONCE;
  private boolean counting;

  StartFaults(Path library) {
    this.library = library;
    this.calls = library.resolveSibling("calls");
  }

  /** The command line in such a JVM. */
  static final class Command {
    private Command() {}

    /** Takes the library, the file for its calls, the call that fails, how, and the command. */
    public static void main(String[] args) throws IOException, ClassNotFoundException {
      Class.forName(Main.class.getName()); // as Java itself does before anything of ours runs
      NativeFaults faults =
          NativeFaults.load(Path.of(args[0]), EnumSet.allOf(NativeFunction.class));
      List<String> arguments = List.of(args).subList(4, args.length);
      faults.begin(null, Integer.parseInt(args[2]), Fault.valueOf(args[3]));
      Cli result;
      try {
        result = faults.run(arguments);
      } finally {
        Files.write(Path.of(args[1]), faults.end().operations());
      }
      System.err.print(result.err());
      System.exit(result.code());
    }
  }

  @Override
  void begin(Path folder, int n, Fault how) {
    failing = n;
    fault = how;
    counting = true;
  }

  @Override
  Cli run(List<String> arguments) throws IOException {
    if (!counting) {
      return super.run(arguments);
    }
    Files.deleteIfExists(calls);
    var all = new ArrayList<>(List.of(library.toString(), calls.toString()));
    all.addAll(List.of(Integer.toString(failing), fault.name()));
    all.addAll(arguments);
    return OwnJvm.run(List.of(), Command.class, all);
  }

  @Override
  Outcome end() throws IOException {
    counting = false;
    if (!Files.exists(calls)) {
      return new Outcome(Collections.nCopies(failing + 1, CRASHED), true);
    }
    List<String> operations = Files.readAllLines(calls);
    return new Outcome(operations, failing >= 0 && failing < operations.size());
  }

  @Override
  Set<Integer> rightCodes(String operation, Fault how) {
    return operation.equals(CRASHED) ? Set.of() : NativeFaults.codes(operation, how);
  }
}
