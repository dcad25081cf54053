package io.github.deit4j.cuda.device;

import io.github.deit4j.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Chooses among the algorithms that cuBLASLt has for a product by timing them, once on a machine:
 * what was fastest is kept on disk and taken by every process from then on, so that its bits stay
 * the same. Another machine may choose another. Where nothing can be kept nothing is timed.
 *
 * <p>Used with the system property {@code deit4j.cuda.algorithms=timed}; without it the library's
 * first choice is taken, which is the same on all equal machines.
 */
final class AlgorithmChoice {
  /** How many algorithms are timed. */
  static final int CANDIDATES = 8;

  private static final int RUNS = 5;
  private static final String NAME = "product";
  private static final String ENDING = ".algorithm";

  private final CudaContext context;
  private final KernelCache cache;
  private final String machine;

  /**
   * Prepares for a device.
   *
   * @param workspaceBytes what algorithms may take
   */
  AlgorithmChoice(CudaContext context, KernelCache cache, long workspaceBytes) {
    this.context = context;
    this.cache = cache;
    this.machine =
        "%s, cuBLAS %s, workspace %d"
            .formatted(context.info().description(), context.libraries().cublas(), workspaceBytes);
  }

  /** Appends a product by one of the algorithms to the device's work. */
  @FunctionalInterface
  interface Trial {
    void run(MemorySegment algorithm, MatrixProduct.Operands operands);
  }

  /**
   * Returns the algorithm for a problem.
   *
   * @param candidates two or more, the library's favourite first
   * @param operands of a product that is about to be done; none of them is written to
   */
  MemorySegment among(
      List<MemorySegment> candidates,
      ProductProblem problem,
      MatrixProduct.Operands operands,
      Trial trial) {
    byte[] key = (machine + problem.key()).getBytes(StandardCharsets.UTF_8);
    MemorySegment first = candidates.getFirst();
    byte[] kept =
        cache
            .find(NAME, key, ENDING)
            .orElseGet(
                () ->
                    cache.canKeep()
                        ? cache.keep(
                            NAME, key, ENDING, bytes(fastest(candidates, problem, operands, trial)))
                        : bytes(first));
    MemorySegment algorithm = Arena.ofAuto().allocate(first.byteSize(), Long.BYTES);
    return algorithm.copyFrom(MemorySegment.ofArray(kept));
  }

  private static byte[] bytes(MemorySegment algorithm) {
    return algorithm.toArray(ValueLayout.JAVA_BYTE);
  }

  private MemorySegment fastest(
      List<MemorySegment> candidates,
      ProductProblem problem,
      MatrixProduct.Operands operands,
      Trial trial) {
    Closing closing = new Closing();
    DeviceMemory memory = closing.add(context.memory("trial"));
    try {
      MatrixProduct.Operands apart = apart(memory, problem, operands);
      MemorySegment fastest = candidates.getFirst();
      long shortest = Long.MAX_VALUE;
      for (MemorySegment candidate : candidates) {
        trial.run(candidate, apart);
        context.awaitWork();
        long start = System.nanoTime();
        for (int run = 0; run < RUNS; run++) {
          trial.run(candidate, apart);
        }
        context.awaitWork();
        long time = System.nanoTime() - start;
        if (time < shortest) {
          shortest = time;
          fastest = candidate;
        }
      }
      return fastest;
    } catch (DeviceException.OutOfMemory e) {
      return candidates.getFirst();
    } finally {
      closing.close();
    }
  }

  /** Returns the same operands with memory of their own for what is written. */
  private static MatrixProduct.Operands apart(
      DeviceMemory memory, ProductProblem problem, MatrixProduct.Operands operands) {
    long rows = (long) problem.m() * problem.result().bytes();
    long all = rows * problem.n();
    boolean sums = problem.kind() == ProductEpilogue.Kind.ROW_SUMS;
    boolean keeps = problem.kind() == ProductEpilogue.Kind.GELU_KEPT;
    return new MatrixProduct.Operands(
        memory.allocate(all).address(),
        operands.a(),
        operands.b(),
        operands.base(),
        sums ? memory.allocate(rows).address() : operands.vector(),
        keeps ? memory.allocate(all).address() : operands.pre());
  }
}
