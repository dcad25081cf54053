package io.github.deit4j.cpu.emit;

import static io.github.deit4j.cpu.emit.Assembler.Register.R10;
import static io.github.deit4j.cpu.emit.Assembler.Register.R11;
import static io.github.deit4j.cpu.emit.Assembler.Register.R8;
import static io.github.deit4j.cpu.emit.Assembler.Register.R9;
import static io.github.deit4j.cpu.emit.Assembler.Register.RAX;
import static io.github.deit4j.cpu.emit.Assembler.Register.RCX;
import static io.github.deit4j.cpu.emit.Assembler.Register.RDI;
import static io.github.deit4j.cpu.emit.Assembler.Register.RDX;
import static io.github.deit4j.cpu.emit.Assembler.Register.RSI;
import static io.github.deit4j.cpu.emit.Assembler.Register.RSP;
import static io.github.deit4j.cpu.emit.Assembler.at;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * The template of the micro-kernels of BF16 products: some rows of C by 32 columns at a time, in
 * registers, continue their chains over pairs of values of k. A pair is a word, the first value in
 * its upper half.
 *
 * <p>The function is {@code (a, b, c, start, words, panels, stride)}: A's first row, B's panels of
 * 32 columns one behind the other, C's first row, what the chains of every row start from, pairs of
 * k, panels (both 1 or more), and the bytes from one row of C to the next. Lengths that are wrong
 * read or write memory of others: the caller has checked them.
 *
 * @param rows of C, 12 at most
 * @param rowStride words from one row of A to the next
 * @param pairStride words from one pair of k to the next in a row of A
 * @param continues whether chains go on from what stands in C, and {@code start} is of no meaning
 */
public record Bf16MicroKernel(int rows, int rowStride, int pairStride, boolean continues) {
  private static final int UNROLLED = 4;
  private static final int PANEL_BYTES = 128;
  private static final int HALF_BYTES = 64;

  // Registers 0 to 23 hold C.
  private static final int B = 24;
  private static final int A = 26;
  private static final int REGISTERS_OF_A = 6;

  /**
   * Writes the machine code.
   *
   * @return the function, as described above
   * @throws UnsupportedOperationException with the reason if memory cannot be made executable
   */
  public MethodHandle emit() {
    Assembler code = new Assembler();
    code.move(RAX, at(RSP, 8)); // stride
    int panel = code.position();
    begin(code);
    code.move(R10, RDI);
    code.move(R11, R8);
    code.shiftRight(R11, 2);
    code.skipIfZero(() -> loop(code, UNROLLED));
    code.move(R11, R8);
    code.and(R11, UNROLLED - 1);
    code.skipIfZero(() -> loop(code, 1));
    code.move(R10, RDX);
    for (int i = 0; i < rows; i++) {
      code.store(at(R10, 0), 2 * i);
      code.store(at(R10, HALF_BYTES), 2 * i + 1);
      code.add(R10, RAX);
    }
    code.add(RCX, PANEL_BYTES);
    code.add(RDX, PANEL_BYTES);
    code.decrement(R9);
    code.jumpBackUnlessZero(panel);
    code.leave();
    return code.function(
        0,
        FunctionDescriptor.ofVoid(
            ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  }

  private void begin(Assembler code) {
    code.move(R10, RDX);
    for (int i = 0; i < rows; i++) {
      if (continues) {
        code.load(2 * i, at(R10, 0));
        code.load(2 * i + 1, at(R10, HALF_BYTES));
        code.add(R10, RAX);
      } else if (i == 0) {
        code.load(0, at(RCX, 0));
        code.load(1, at(RCX, HALF_BYTES));
      } else {
        code.move(2 * i, 0);
        code.move(2 * i + 1, 1);
      }
    }
  }

  /** So many words a turn, R11 turns. */
  private void loop(Assembler code, int words) {
    int start = code.position();
    for (int word = 0; word < words; word++) {
      code.load(B, at(RSI, word * PANEL_BYTES));
      code.load(B + 1, at(RSI, word * PANEL_BYTES + HALF_BYTES));
      for (int i = 0; i < rows; i++) {
        int a = A + i % REGISTERS_OF_A;
        code.broadcast(a, at(R10, Integer.BYTES * (i * rowStride + word * pairStride)));
        code.addProductsOfPairs(2 * i, a, B);
        code.addProductsOfPairs(2 * i + 1, a, B + 1);
      }
    }
    code.add(R10, words * Integer.BYTES * pairStride);
    code.add(RSI, words * PANEL_BYTES);
    code.decrement(R11);
    code.jumpBackUnlessZero(start);
  }
}
