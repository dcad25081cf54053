package io.github.deit4j.cpu.emit;

import static io.github.deit4j.cpu.emit.Assembler.Register.RAX;
import static io.github.deit4j.cpu.emit.Assembler.Register.RDI;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** A loop of BF16 multiply-adds on registers alone: as many as the processor can do. */
public final class Bf16Peak {
  private static final int CHAINS = 24;

  /**
   * Turns of a call, few, since the JVM cannot stop for a garbage collection meanwhile: 13 µs at
   * 234 GFLOP/s, the peak of a Zen 4's core.
   */
  private static final long TURNS = 1_000;

  /** Operations of a call: a multiply-add of two pairs in 16 lanes counts four in each. */
  public static final double FLOP = 4.0 * 16 * CHAINS * TURNS;

  private static final MethodHandle LOOP = emit();

  private Bf16Peak() {}

  private static MethodHandle emit() {
    Assembler code = new Assembler();
    code.and(RAX, 0);
    for (int z = 0; z < CHAINS + 2; z++) {
      code.broadcast(z, RAX);
    }
    int turn = code.position();
    for (int z = 0; z < CHAINS; z++) {
      code.addProductsOfPairs(z, CHAINS, CHAINS + 1);
    }
    code.decrement(RDI);
    code.jumpBackUnlessZero(turn);
    code.leave();
    return code.function(0, FunctionDescriptor.ofVoid(JAVA_LONG));
  }

  /**
   * Runs the loop once. Only where {@link Processor#withoutBf16} has nothing against it.
   *
   * @throws ExceptionInInitializerError if memory cannot be made executable
   */
  public static void run() {
    try {
      LOOP.invokeExact(TURNS);
    } catch (Throwable e) {
      throw new AssertionError("machine code throws nothing", e);
    }
  }
}
