package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.cli.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Native functions from the start of a JVM on, which are called once in each: all of them. */
final class StartFaults extends FaultKind {
  private final Path library;
  private final Path calls;
  private int failing = -1;
  private Fault fault = Fault.ONCE;

  StartFaults(Path library) {
    this.library = library;
    this.calls = library.resolveSibling("calls");
  }

  /** The command line in such a JVM. */
  static final class Command {
    private Command() {}

    /** Takes the library, the file for its calls, the call that fails, how, and the command. */
    public static void main(String[] args) throws IOException {
      NativeFaults faults =
          NativeFaults.load(Path.of(args[0]), EnumSet.allOf(NativeFunction.class));
      List<String> arguments = List.of(args).subList(4, args.length);
      faults.begin(null, Integer.parseInt(args[2]), Fault.valueOf(args[3]));
      Cli result = faults.run(arguments);
      Files.write(Path.of(args[1]), faults.end().operations());
      System.err.print(result.err());
      System.exit(result.code());
    }
  }

  @Override
  void begin(Path folder, int n, Fault how) {
    failing = n;
    fault = how;
  }

  @Override
  Cli run(List<String> arguments) throws IOException {
    Files.deleteIfExists(calls);
    var all = new ArrayList<>(List.of(library.toString(), calls.toString()));
    all.addAll(List.of(Integer.toString(failing), fault.name()));
    all.addAll(arguments);
    return OwnJvm.run(List.of(), Command.class, all);
  }

  @Override
  Outcome end() throws IOException {
    int n = failing;
    failing = -1;
    List<String> operations = Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    return new Outcome(operations, n >= 0 && n < operations.size());
  }

  @Override
  Set<Integer> rightCodes(String operation, Fault how) {
    return NativeFaults.codes(operation, how);
  }
}
