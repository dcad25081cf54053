package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;

/**
 * Runs every kernel on the same numbers each time; also the main class of a JVM of its own, where
 * it prints which kernels were chosen and a digest of all results.
 */
final class KernelWorkout {
  /** The argument for nothing but the warm-up. */
  static final String WARM_UP = "warm-up";

  /** Rows and columns: tiles and vectors, whole and cut off. */
  private static final int[][] SIZES = {{37, 5}, {12, 16}, {7, 31}, {37, 32}, {6, 176}};

  private final SplittableRandom random = new SplittableRandom(42);
  private final CRC32 results = new CRC32();

  /**
   * Starts the JVM's work.
   *
   * @param args for how many seconds of processor time to repeat everything, so that all kernels
   *     get hot; or {@link #WARM_UP}
   */
  public static void main(String[] args) {
    Kernels kernels = Kernels.best();
    if (args[0].equals(WARM_UP)) {
      // However busy the machine is.
      KernelWarmUp.run(kernels, Workers.SERIAL, TimeUnit.MINUTES.toNanos(1));
      return;
    }
    System.out.println("kernels " + kernels.name());
    System.out.println("bf16 " + Kernels.bestBf16().description());
    System.out.println("bf16 without machine code: " + Kernels.withoutMachineCode().orElse("no"));
    System.out.println("digest " + digest(kernels));
    System.out.println("backend " + backendDigest());
    // The processor's time, not the clock's: other tests may be running.
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long end = TimeUnit.SECONDS.toNanos(Integer.parseInt(args[0]));
    while (threads.getCurrentThreadCpuTime() < end) {
      digest(kernels);
    }
  }

  /** Returns a digest of the results of all kernels of a set. */
  static String digest(Kernels kernels) {
    var workout = new KernelWorkout();
    for (int[] size : SIZES) {
      for (KernelFamily<?> family : KernelFamily.ALL) {
        workout.add(family, kernels, size[0], size[1]);
      }
    }
    return Long.toHexString(workout.results.getValue());
  }

  private <K> void add(KernelFamily<K> family, Kernels kernels, int rows, int width) {
    for (KernelCase<K> one : family.cases().of(rows, width, random)) {
      List<MemorySegment> operands = new ArrayList<>();
      one.on(
              family.of().apply(kernels),
              floats -> {
                operands.add(numbers(floats));
                return operands.getLast();
              },
              floats -> {
                float[] array = Floats.toArray(numbers(floats), 0, floats);
                operands.add(MemorySegment.ofArray(array));
                return array;
              })
          .run();
      operands.forEach(this::keep);
    }
  }

  /** Returns a digest of an op of the CPU backend with this JVM's best kernels on two threads. */
  static String backendDigest() {
    var workout = new KernelWorkout();
    try (var backend = new CpuBackend(2);
        TensorArena arena = backend.arena("workout", 1 << 24)) {
      int rows = 37;
      int width = 176;
      Tensor y = arena.allocate(rows, rows);
      Tensor x = arena.allocate(rows, width);
      Tensor w = arena.allocate(rows, width);
      Tensor b = arena.allocate(rows);
      for (Tensor operand : new Tensor[] {x, w, b}) {
        backend.write(operand, workout.numbers(operand.elements()));
      }
      backend.linear().linear(y, x, w, b);
      backend.elementwise().gelu(y, y);
      workout.keep(y.segment());
    }
    return Long.toHexString(workout.results.getValue());
  }

  private MemorySegment numbers(long size) {
    return Floats.random(random, Numbers.ORDINARY, size);
  }

  private void keep(MemorySegment x) {
    for (long i = 0; i < Floats.count(x); i++) {
      int bits = Floats.bits(x, i);
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        results.update(bits >>> shift);
      }
    }
  }
}
