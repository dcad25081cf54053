package io.github.deit4j.cpu.emit;

import static io.github.deit4j.cpu.emit.Assembler.Register.R10;
import static io.github.deit4j.cpu.emit.Assembler.Register.R11;
import static io.github.deit4j.cpu.emit.Assembler.Register.R8;
import static io.github.deit4j.cpu.emit.Assembler.Register.R9;
import static io.github.deit4j.cpu.emit.Assembler.Register.RAX;
import static io.github.deit4j.cpu.emit.Assembler.Register.RBX;
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
 * Float32 numbers on their way into words of two bfloat16, the first in the upper half: rounded to
 * nearest, ties to even, and zero where they are below a bound. Lengths that are wrong read or
 * write memory of others: the caller has checked them.
 */
public final class Bf16Packing {
  private static final int MAGNITUDE_BITS = Integer.MAX_VALUE;
  private static final int VECTOR_BYTES = 64;

  // Vector registers.
  private static final int UPPER = 0;
  private static final int LOWER = 1;
  private static final int WORDS = 2;
  private static final int SIZE = 3;
  private static final int LEFT = 27;
  private static final int RIGHT = 28;
  private static final int MAGNITUDE = 29;
  private static final int LEAST = 30;
  private static final int INTERLEAVED = 31;

  // Masks: what is large enough; which numbers and words there are.
  private static final int LARGE = 1;
  private static final int FIRST = 2;
  private static final int SECOND = 3;
  private static final int LAST_WORDS = 4;

  private final int least;

  /**
   * Creates a writer of such code.
   *
   * @param least the bits of a positive number: what is less becomes zero
   */
  public Bf16Packing(int least) {
    this.least = least;
  }

  /**
   * Writes the code for neighbours in rows: {@code (from, to, rows, fromStride, toStride, chunks,
   * first, second, words)}. Strides are bytes. A row is so many chunks of 32 numbers, none too, and
   * what the masks of 16 lanes name behind them: of the next 16 numbers, of the 16 after those, and
   * of the words that come of them.
   *
   * @throws UnsupportedOperationException with the reason if memory cannot be made executable
   */
  public MethodHandle neighbours() {
    Assembler code = new Assembler();
    mask(code, FIRST, 8);
    mask(code, SECOND, 16);
    mask(code, LAST_WORDS, 24);
    bounds(code);
    int row = code.position();
    code.move(RAX, RDI);
    code.move(R10, RSI);
    code.move(R11, R9);
    code.test(R11);
    code.skipIfZero(
        () -> {
          int chunk = code.position();
          code.load(LOWER, at(RAX, 0));
          code.load(UPPER, at(RAX, VECTOR_BYTES));
          words(code, UPPER, LOWER);
          code.swapHalves(WORDS);
          code.store(at(R10, 0), WORDS);
          code.add(RAX, 2 * VECTOR_BYTES);
          code.add(R10, VECTOR_BYTES);
          code.decrement(R11);
          code.jumpBackUnlessZero(chunk);
        });
    code.load(LOWER, at(RAX, 0), FIRST);
    code.load(UPPER, at(RAX, VECTOR_BYTES), SECOND);
    words(code, UPPER, LOWER);
    code.swapHalves(WORDS);
    code.store(at(R10, 0), WORDS, LAST_WORDS);
    code.add(RDI, RCX);
    code.add(RSI, R8);
    code.decrement(RDX);
    code.jumpBackUnlessZero(row);
    code.leave();
    return code.function(
        0,
        FunctionDescriptor.ofVoid(
            ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_LONG));
  }

  /**
   * Writes the code for pairs of rows: {@code (upper, lower, to, pairs, panels, step, toStep,
   * columns, toPanel, first, second)}, 1 or more pairs and panels. A panel takes from both rows
   * what masks of 16 lanes name of 16 columns and the 16 after those; the next panel begins {@code
   * columns} bytes further in the rows and {@code toPanel} further in the result, the next pair
   * {@code step} and {@code toStep} bytes further.
   *
   * @throws UnsupportedOperationException with the reason if memory cannot be made executable
   */
  public MethodHandle rows() {
    Assembler code = new Assembler();
    int interleaved = code.constant(i -> i / 2 + i % 2 * 16);
    int entry = code.position();
    code.push(RBX);
    mask(code, FIRST, 40);
    mask(code, SECOND, 48);
    bounds(code);
    code.load(INTERLEAVED, interleaved);
    panels(
        code,
        () -> {
          half(code, 0, FIRST);
          half(code, VECTOR_BYTES, SECOND);
        });
    return code.function(
        entry,
        FunctionDescriptor.ofVoid(
            ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_LONG, JAVA_LONG, JAVA_LONG));
  }

  /**
   * Writes the same code for rows whose numbers are words already, each two neighbours, {@code (…,
   * words)}: the last mask names those of 32 columns.
   *
   * @throws UnsupportedOperationException with the reason if memory cannot be made executable
   */
  public MethodHandle rowsOfPairs() {
    Assembler code = new Assembler();
    int left = code.constant(i -> halfWord(i / 2) + (1 - i % 2) * 32);
    int right = code.constant(i -> halfWord(16 + i / 2) + (1 - i % 2) * 32);
    int entry = code.position();
    code.push(RBX);
    mask(code, FIRST, 40);
    mask(code, SECOND, 48);
    mask(code, LAST_WORDS, 56);
    code.load(LEFT, left);
    code.load(RIGHT, right);
    panels(
        code,
        () -> {
          code.load(UPPER, at(RAX, 0), LAST_WORDS);
          code.load(LOWER, at(R10, 0), LAST_WORDS);
          code.move(WORDS, LEFT);
          code.permuteBoth(WORDS, UPPER, LOWER);
          code.store(at(R11, 0), WORDS, FIRST);
          code.move(WORDS, RIGHT);
          code.permuteBoth(WORDS, UPPER, LOWER);
          code.store(at(R11, VECTOR_BYTES), WORDS, SECOND);
        });
    return code.function(
        entry,
        FunctionDescriptor.ofVoid(
            ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  }

  /** Returns where a column stands: the first of two neighbours is a word's upper half. */
  private static int halfWord(int column) {
    return column ^ 1;
  }

  /** The loops over pairs of rows and panels, from RAX and R10 to R11, and the function's end. */
  private static void panels(Assembler code, Runnable panelOfPair) {
    int pair = code.position();
    code.move(RAX, RDI);
    code.move(R10, RSI);
    code.move(R11, RDX);
    code.move(RBX, R8);
    int panel = code.position();
    panelOfPair.run();
    code.add(RAX, at(RSP, 24));
    code.add(R10, at(RSP, 24));
    code.add(R11, at(RSP, 32));
    code.decrement(RBX);
    code.jumpBackUnlessZero(panel);
    code.add(RDI, R9);
    code.add(RSI, R9);
    code.add(RDX, at(RSP, 16));
    code.decrement(RCX);
    code.jumpBackUnlessZero(pair);
    code.pop(RBX);
    code.leave();
  }

  private static void half(Assembler code, int displacement, int mask) {
    code.load(UPPER, at(RAX, displacement), mask);
    code.load(LOWER, at(R10, displacement), mask);
    words(code, UPPER, LOWER);
    code.permute(WORDS, INTERLEAVED, WORDS);
    code.store(at(R11, displacement), WORDS, mask);
  }

  private static void mask(Assembler code, int k, int argument) {
    code.move(RAX, at(RSP, argument));
    code.mask(k, RAX);
  }

  private void bounds(Assembler code) {
    code.move(RAX, MAGNITUDE_BITS);
    code.broadcast(MAGNITUDE, RAX);
    code.move(RAX, least);
    code.broadcast(LEAST, RAX);
  }

  /** Rounds two vectors to the halves of WORDS. */
  private static void words(Assembler code, int upper, int lower) {
    for (int z : new int[] {upper, lower}) {
      code.and(SIZE, z, MAGNITUDE);
      code.notLess(LARGE, SIZE, LEAST);
      code.move(z, z, LARGE);
    }
    code.round(WORDS, upper, lower);
  }
}
