package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;
import java.lang.foreign.MemorySegment;

/**
 * Products of bfloat16: float32 products of rounded factors. Machines that multiply such numbers
 * count subnormal ones as zero; so that this never matters, small numbers become zero before:
 *
 * <ul>
 *   <li>factors are rounded to the nearest bfloat16 (8 bits of significand), ties to even;
 *       magnitudes below 2⁻⁵⁶ become zero. So every product is a multiple of 2⁻¹²⁶, and so is each
 *       sum of them: zero or not subnormal;
 *   <li>what a chain starts from and is no such sum (a bias) becomes zero below 2⁻¹⁰⁰. What stands
 *       in C and is continued (another block of k, another micro-batch) is such a sum.
 * </ul>
 */
public final class Bf16 {
  /** The bits of 2⁻⁵⁶: lower factors are zero. */
  static final int LEAST_FACTOR = 127 - 56 << 23;

  /** The bits of 2⁻¹⁰⁰: lower starts are zero. */
  static final int LEAST_START = 127 - 100 << 23;

  static final int MAGNITUDE = 0x7fff_ffff;
  static final int INFINITY = 0x7f80_0000;
  static final int QUIET = 0x0040_0000;
  static final int UPPER_HALF = 0xffff_0000;

  private Bf16() {}

  /** Returns the bits of a factor's value, a bfloat16 with zeros behind it. */
  static int round(int bits) {
    return roundUpperHalf(bits) & UPPER_HALF;
  }

  /** The same with something in the lower half. */
  static int roundUpperHalf(int bits) {
    int magnitude = bits & MAGNITUDE;
    if (magnitude > INFINITY) {
      return bits | QUIET; // else a NaN could lose all that makes it one
    }
    return magnitude < LEAST_FACTOR ? 0 : bits + 0x7fff + (bits >>> 16 & 1);
  }

  /** Returns a factor's value. */
  public static float round(float factor) {
    return Float.intBitsToFloat(round(Float.floatToRawIntBits(factor)));
  }

  /** Returns what a chain starts from. */
  public static float start(float x) {
    return (Float.floatToRawIntBits(x) & MAGNITUDE) < LEAST_START ? 0 : x;
  }

  /**
   * The specification: another product, of rounded factors.
   *
   * @param inner multiplies them, with the chains of {@link Gemm}
   */
  public record RoundedGemm(Gemm inner) implements Gemm {
    @Override
    public void multiply(
        Workers workers, Matrix c, Matrix init, Matrix a, Matrix b, Epilogue epilogue) {
      Matrix start = init.equals(c) ? c : map(workers, init, Slot.START, Bf16::start);
      Matrix roundedA = map(workers, a, Slot.ROUNDED_A, Bf16::round);
      Matrix roundedB = map(workers, b, Slot.ROUNDED_B, Bf16::round);
      inner.multiply(workers, c, start, roundedA, roundedB, epilogue);
    }

    @FunctionalInterface
    private interface Function {
      float of(float x);
    }

    /** Returns a copy of a matrix, with the same row or column stride of 1. */
    private static Matrix map(Workers workers, Matrix x, Slot slot, Function function) {
      if (x.columnStride() != 1) {
        return map(workers, x.transpose(), slot, function).transpose();
      }
      int rows = x.rowStride() == 0 ? Math.min(1, x.rows()) : x.rows();
      int columns = x.columns();
      MemorySegment copy = Scratch.ofThisThread().floats(slot, (long) rows * columns);
      workers.runRanges(
          rows,
          16,
          (from, to) -> {
            for (long i = from; i < to; i++) {
              long at = x.byteOffset(i, 0);
              for (int j = 0; j < columns; j++) {
                float number = x.memory().get(JAVA_FLOAT, at + 4L * j);
                copy.setAtIndex(JAVA_FLOAT, i * columns + j, function.of(number));
              }
            }
          });
      return x.rowStride() == 0
          ? Matrix.repeatedRow(copy, x.rows(), columns)
          : Matrix.of(copy, rows, columns);
    }
  }
}
