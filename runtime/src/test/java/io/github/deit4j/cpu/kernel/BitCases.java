package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.gemm.Bf16;
import io.github.deit4j.cpu.gemm.Factors;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Runs an op with the scalar and with the vector kernels on equal operands and requires that all
 * operands have the same bits afterwards. Operands are copied, so one array serves many ops.
 */
public final class BitCases {
  /** Cases of one test: enough that the first are interpreted and the last compiled by C2. */
  public static final int ROUNDS = 8_000;

  /** Runs of the vector kernels on each case, whose making takes longer than they do. */
  private static final int REPEATS = 3;

  static final Kernels SCALAR = Kernels.scalar();
  public static final Kernels VECTOR = Kernels.vector();

  private final RandomGenerator random;

  private final Kernels reference;

  private final Kernels kernels;

  public BitCases(RandomGenerator random) {
    this(random, VECTOR);
  }

  /** Compares other kernels than the vector ones. */
  public BitCases(RandomGenerator random, Kernels kernels) {
    this(random, SCALAR, kernels);
  }

  private BitCases(RandomGenerator random, Kernels reference, Kernels kernels) {
    this.random = random;
    this.reference = reference;
    this.kernels = kernels;
  }

  /** In what numbers products are computed, and how. */
  public enum Arithmetic {
    FLOAT32,
    /** As this machine does it best. */
    BF16,
    /** As machines without the instruction do it. */
    ROUNDED;

    /** Compares the vector kernels with the specification. */
    public BitCases cases(RandomGenerator random) {
      return switch (this) {
        case FLOAT32 -> new BitCases(random);
        case BF16 -> new BitCases(random, Kernels.scalarBf16(), Kernels.vectorBf16());
        case ROUNDED ->
            new BitCases(random, Kernels.scalarBf16(), Kernels.vectorBf16(Factors.ROUNDED));
      };
    }

    /** Returns the cases of one test: fewer where what they share has been compiled before. */
    public int rounds() {
      return this == FLOAT32 ? ROUNDS : ROUNDS / 4;
    }

    /** Compares the kernels for short jobs. */
    public BitCases plain(RandomGenerator random) {
      return this == FLOAT32
          ? new BitCases(random, Kernels.plain())
          : new BitCases(random, Kernels.scalarBf16(), Kernels.plainBf16());
    }

    /** Makes numbers what sums of products can be, which chains go on from. */
    public void makeSums(MemorySegment x) {
      for (long i = 0; this != FLOAT32 && i < Floats.count(x); i++) {
        x.setAtIndex(JAVA_FLOAT, i, Bf16.start(x.getAtIndex(JAVA_FLOAT, i)));
      }
    }
  }

  /** An op on whole operands. */
  @FunctionalInterface
  public interface Op {
    void run(Kernels kernels, MemorySegment[] x);
  }

  /** An op on a range of elements, rows or columns. */
  @FunctionalInterface
  public interface RangeOp {
    void run(Kernels kernels, MemorySegment[] x, long from, long to);
  }

  /** Returns the operands as the scalar kernels left them. */
  public MemorySegment[] compare(String what, MemorySegment[] x, Op op) {
    return compare(
        what, x, operands -> op.run(reference, operands), operands -> op.run(kernels, operands));
  }

  private MemorySegment[] compare(
      String what,
      MemorySegment[] x,
      Consumer<MemorySegment[]> scalar,
      Consumer<MemorySegment[]> vector) {
    MemorySegment[] expected = Floats.copies(random, x);
    scalar.accept(expected);
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      MemorySegment[] actual = Floats.copies(random, x);
      vector.accept(actual);
      for (int i = 0; i < x.length; i++) {
        String operand = what + ", operand " + i;
        Floats.assertSameBits(operand, actual[i], expected[i], 0, Floats.count(x[i]));
      }
    }
    return expected;
  }

  /**
   * Compares an op on a random part of {@code size} elements, rows or columns, which the vector
   * kernels get in several pieces. What lies outside that part has to stay as it was.
   */
  public void compareRanges(String what, MemorySegment[] x, long size, RangeOp op) {
    long from = random.nextLong(size + 1);
    long to = random.nextLong(from, size + 1);
    String part = what + ", part " + from + " to " + to + " of " + size;
    MemorySegment[] after =
        compare(
            part,
            x,
            operands -> op.run(reference, operands, from, to),
            operands -> runInPieces(operands, from, to, op));
    for (int i = 0; i < x.length; i++) {
      long unit = Floats.count(x[i]) / size;
      Floats.assertSameBits(part + ", in front", after[i], x[i], 0, unit * from);
      Floats.assertSameBits(part + ", behind", after[i], x[i], unit * to, Floats.count(x[i]));
    }
  }

  private void runInPieces(MemorySegment[] x, long from, long to, RangeOp op) {
    long start = from;
    while (start < to) {
      long end = random.nextInt(3) == 0 ? to : random.nextLong(start, to) + 1;
      op.run(kernels, x, start, end);
      start = end;
    }
  }

  /** Compares a kernel's case, of random numbers: whole, or where it may be cut in pieces. */
  public <K> void compare(Function<Kernels, K> family, KernelCase<K> one) {
    int inMemory = one.memory().length;
    long[] sizes =
        LongStream.concat(LongStream.of(one.memory()), IntStream.of(one.arrays()).asLongStream())
            .toArray();
    RangeOp op =
        (set, x, from, to) -> {
          float[][] arrays = new float[one.arrays().length][];
          for (int i = 0; i < arrays.length; i++) {
            arrays[i] = Floats.toArray(x[inMemory + i], 0, one.arrays()[i]);
          }
          MemorySegment[] memory = Arrays.copyOf(x, inMemory);
          one.call().run(family.apply(set), memory, arrays, from, to);
          for (int i = 0; i < arrays.length; i++) {
            Floats.copyTo(x[inMemory + i], 0, arrays[i]);
          }
        };
    String what = one.name() + " of " + Arrays.toString(sizes);
    MemorySegment[] x = Floats.randoms(random, sizes);
    if (one.size() > 0) {
      compareRanges(what, x, one.size(), op);
    } else {
      compare(what, x, (set, operands) -> op.run(set, operands, 0, 0));
    }
  }

  /** Compares all cases of a family. */
  public <K> void compare(Function<Kernels, K> family, List<KernelCase<K>> all) {
    all.forEach(one -> compare(family, one));
  }
}
