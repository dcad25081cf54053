package io.github.deit4j.attack;

import io.github.deit4j.attack.disk.Fault;
import io.github.deit4j.cuda.CudaStandIn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Calls of CUDA's libraries, on their stand-in. */
final class CudaFaults extends FaultKind {
  private final CudaStandIn standIn = CudaStandIn.require();
  private int failing;

  @Override
  List<Fault> faults() {
    return List.of(Fault.ONCE);
  }

  @Override
  void begin(Path folder, int n, Fault fault) {
    failing = n;
    standIn.reset();
    if (n >= 0) {
      standIn.failAt("*", n + 1L, 0);
    }
  }

  /** What is live on the device, or was done that never may, is no command's. */
  @Override
  Outcome end() {
    int calls = (int) standIn.calls("*");
    List<String> left = new ArrayList<>();
    try {
      standIn.requireClean();
    } catch (AssertionError e) {
      left.add(e.getMessage());
    }
    standIn.reset();
    boolean failed = failing >= 0 && failing < calls;
    return new Outcome(Collections.nCopies(calls, "CUDA_CALL"), failed, left);
  }

  /** Where something is only given back, its failure need not be noticed. */
  @Override
  Set<Integer> rightCodes(String operation, Fault fault) {
    return Set.of(UNAVAILABLE, 0);
  }
}
