package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.Disk;
import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.attack.disk.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Operations on files, by the {@link Disk}. */
final class DiskFaults extends FaultKind {
  private Disk disk;

  @Override
  List<Fault> faults() {
    return List.of(Fault.values());
  }

  @Override
  void begin(Path folder, int n, Fault fault) throws IOException {
    disk = Disk.attack(folder, n, fault);
  }

  @Override
  Outcome end() throws IOException {
    Disk.endAttack();
    return new Outcome(disk.operations().stream().map(Operation::name).toList(), disk.failed());
  }

  /**
   * What could not be read may be the recipe, or needed to write, or not at all. Java makes a
   * folder again after a failure, with those above it, and a file that was to be taken out of the
   * way need not be there.
   */
  @Override
  Set<Integer> rightCodes(String operation, Fault fault) {
    Operation failed = Operation.valueOf(operation);
    if (!failed.changes()) {
      return Set.of(BAD_DATA, USAGE, CANNOT_WRITE, 0);
    }
    boolean optional = failed == Operation.MAKE_FOLDER || failed == Operation.DELETE;
    return optional ? Set.of(CANNOT_WRITE, 0) : Set.of(CANNOT_WRITE);
  }
}
