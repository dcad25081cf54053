package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.cli.Cli;
import io.github.deit4j.cli.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Java heaps that are too small, or hardly large enough. */
final class HeapFaults extends FaultKind {
  private static final List<String> SIZES =
      Stream.of(8, 10, 12, 14, 16, 20, 24, 32, 48).map(size -> "-Xmx" + size + "m").toList();

  private List<String> options = List.of();

  @Override
  List<Fault> faults() {
    return List.of(Fault.ONCE);
  }

  @Override
  void begin(Path folder, int n, Fault fault) {
    options = n < 0 ? List.of() : List.of(SIZES.get(n));
  }

  @Override
  Cli run(List<String> arguments) throws IOException {
    return OwnJvm.run(options, Main.class, arguments);
  }

  @Override
  Outcome end() {
    boolean failed = !options.isEmpty();
    options = List.of();
    return new Outcome(SIZES, failed);
  }

  @Override
  Set<Integer> rightCodes(String operation, Fault fault) {
    return Set.of(UNAVAILABLE, 0);
  }
}
