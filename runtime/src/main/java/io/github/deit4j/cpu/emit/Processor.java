package io.github.deit4j.cpu.emit;

import static io.github.deit4j.cpu.emit.Assembler.Register.R8;
import static io.github.deit4j.cpu.emit.Assembler.Register.RAX;
import static io.github.deit4j.cpu.emit.Assembler.Register.RBX;
import static io.github.deit4j.cpu.emit.Assembler.Register.RCX;
import static io.github.deit4j.cpu.emit.Assembler.Register.RDI;
import static io.github.deit4j.cpu.emit.Assembler.Register.RDX;
import static io.github.deit4j.cpu.emit.Assembler.Register.RSI;
import static io.github.deit4j.cpu.emit.Assembler.at;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Whether machine code may run here, and what the processor says that it can. */
public final class Processor {
  private static final String SWITCH = "deit4j.machine-code";

  private static final int EXTENDED_FEATURES = 7;
  private static final int AVX512_BF16 = 1 << 5;

  private Processor() {}

  /**
   * Returns why machine code for BF16 cannot run here: it is switched off, the system is another
   * than Linux on x86-64, memory cannot be made executable, or the processor has no AVX512_BF16.
   */
  public static Optional<String> withoutBf16() {
    if ("off".equals(System.getProperty(SWITCH))) {
      return Optional.of("-D" + SWITCH + "=off");
    }
    String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
    if (!system.equals("Linux on amd64")) {
      return Optional.of("our machine code is for Linux on amd64, this is " + system);
    }
    try {
      MethodHandle cpuid = cpuid();
      int parts = ask(cpuid, 0)[0] < EXTENDED_FEATURES ? 0 : ask(cpuid, EXTENDED_FEATURES)[0];
      boolean has = parts >= 1 && (ask(cpuid, EXTENDED_FEATURES | 1L << 32)[0] & AVX512_BF16) != 0;
      return has ? Optional.empty() : Optional.of("the processor has no AVX512_BF16");
    } catch (UnsupportedOperationException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** Writes {@code (leaf and part, answers)}: the part in the upper half, EAX to EDX in memory. */
  private static MethodHandle cpuid() {
    Assembler code = new Assembler();
    code.push(RBX);
    code.move(R8, RSI);
    code.move(RAX, RDI);
    code.move(RCX, RDI);
    code.shiftRight(RCX, 32);
    code.cpuid();
    code.store(at(R8, 0), RAX);
    code.store(at(R8, 4), RBX);
    code.store(at(R8, 8), RCX);
    code.store(at(R8, 12), RDX);
    code.pop(RBX);
    code.leave();
    return code.function(0, FunctionDescriptor.ofVoid(JAVA_LONG, ADDRESS));
  }

  private static int[] ask(MethodHandle cpuid, long leaf) {
    int[] answers = new int[4];
    try {
      cpuid.invokeExact(leaf, MemorySegment.ofArray(answers));
    } catch (Throwable e) {
      throw new AssertionError("machine code throws nothing", e);
    }
    return answers;
  }
}
