package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.gemm.Bf16.UPPER_HALF;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ROL;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Words of two factors rounded by {@link Bf16}: k in the upper half, k + 1 in the lower one. Where
 * k ends with an odd value, the other one is a zero that changes no sum: −0 in A times +0 in B.
 * Only for machines with vectors of 512 bits.
 */
final class Pairs {
  /** What stands behind the last value of k in A: −0. */
  static final int PAD_OF_A = 0x8000;

  /** What stands there in B. */
  static final int PAD_OF_B = 0;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final VectorSpecies<Integer> SIXTEEN = IntVector.SPECIES_512;
  private static final VectorSpecies<Float> SIXTEEN_FLOATS = FloatVector.SPECIES_512;
  private static final VectorSpecies<Integer> EIGHT = IntVector.SPECIES_256;
  private static final VectorSpecies<Float> EIGHT_FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_256;
  private static final int LANES = 16;
  private static final int STRIP = 8;

  /** Panels that are written at a time, as in {@link PanelCopies}. */
  private static final int PANELS = 4;

  private Pairs() {}

  /** Copies rows of a matrix, whose neighbours make words, to rows {@code stride} apart. */
  static void ofRows(
      Matrix a, int row, int rows, int k0, int k, float[] words, int to, int stride, int pad) {
    MemorySegment memory = NATIVE.cast(a.memory());
    int whole = k & -LANES;
    for (int i = 0; i < rows; i++) {
      long from = a.byteOffset(row + i, k0);
      int at = to + i * stride;
      for (int j = 0; j < whole; j += LANES) {
        IntVector x = IntVector.fromMemorySegment(SIXTEEN, memory, from + 4L * j, ORDER);
        ofNeighbours(x).reinterpretAsFloats().intoArray(words, at + j / 2);
      }
      for (int j = whole; j < k; j += 2) {
        int upper = memory.get(JAVA_INT, from + 4L * j);
        int lower = j + 1 < k ? half(memory.get(JAVA_INT, from + 4L * j + 4)) : pad;
        words[at + j / 2] = word(upper, lower);
      }
    }
  }

  /** The same of rows of an array. */
  static void ofRows(
      float[] a, int start, int rowStride, int rows, int k, float[] words, int to, int stride, int pad) {
    int whole = k & -LANES;
    for (int i = 0; i < rows; i++) {
      int from = start + i * rowStride;
      int at = to + i * stride;
      for (int j = 0; j < whole; j += LANES) {
        IntVector x = FloatVector.fromArray(SIXTEEN_FLOATS, a, from + j).reinterpretAsInts();
        ofNeighbours(x).reinterpretAsFloats().intoArray(words, at + j / 2);
      }
      for (int j = whole; j < k; j += 2) {
        int lower = j + 1 < k ? half(Float.floatToRawIntBits(a[from + j + 1])) : pad;
        words[at + j / 2] = word(Float.floatToRawIntBits(a[from + j]), lower);
      }
    }
  }

  private static IntVector ofNeighbours(IntVector x) {
    IntVector halves = Rounding.upperHalves(x).lanewise(LSHR, 16);
    ShortVector narrow = (ShortVector) halves.convertShape(I2S, SHORTS, 0);
    return narrow.reinterpretAsInts().lanewise(ROL, 16);
  }

  private static int half(int bits) {
    return Bf16.roundUpperHalf(bits) >>> 16;
  }

  private static float word(int upper, int lowerHalf) {
    return Float.intBitsToFloat(Bf16.round(upper) | lowerHalf);
  }

  /** Packs rows of B, of A's transpose, pair by pair: {@link Factors#pack}. */
  static void pack(
      Panels panels, Matrix b, int k0, int k, int from, int end, float[] packed, int to) {
    int count = panels.panels(b.columns());
    int size = (k + 1) / 2 * panels.width();
    for (int first = 0; first < count; first += PANELS) {
      int last = Math.min(count, first + PANELS);
      for (int i = from; i < end; i += 2) {
        for (int panel = first; panel < last; panel++) {
          int column = panel * panels.columns();
          int at = to + panel * size + i / 2 * panels.width();
          long upper = b.byteOffset(k0 + i, column);
          long lower = i + 1 < k ? b.byteOffset(k0 + i + 1, column) : -1;
          int columns = Math.min(panels.columns(), b.columns() - column);
          if (lower < 0 || columns < panels.columns()) {
            ofRows(b.memory(), upper, lower, columns, packed, at, panels.pad());
          } else if (columns == 2 * LANES) {
            for (int j = 0; j < columns; j += LANES) {
              wide(b.memory(), upper + 4L * j, lower + 4L * j, packed, at + j);
            }
          } else {
            for (int j = 0; j < columns; j += STRIP) {
              strip(b.memory(), upper + 4L * j, lower + 4L * j, packed, at + j);
            }
          }
        }
      }
    }
  }

  private static void wide(MemorySegment b, long upper, long lower, float[] packed, int at) {
    MemorySegment memory = NATIVE.cast(b);
    IntVector x = IntVector.fromMemorySegment(SIXTEEN, memory, upper, ORDER);
    IntVector y = IntVector.fromMemorySegment(SIXTEEN, memory, lower, ORDER);
    ofTwo(x, y).intoArray(packed, at);
  }

  private static void strip(MemorySegment b, long upper, long lower, float[] packed, int at) {
    MemorySegment memory = NATIVE.cast(b);
    IntVector x = IntVector.fromMemorySegment(EIGHT, memory, upper, ORDER);
    IntVector y = IntVector.fromMemorySegment(EIGHT, memory, lower, ORDER);
    ofTwo(x, y).intoArray(packed, at);
  }

  private static FloatVector ofTwo(IntVector upper, IntVector lower) {
    return Rounding.upperHalves(upper)
        .and(UPPER_HALF)
        .or(Rounding.upperHalves(lower).lanewise(LSHR, 16))
        .reinterpretAsFloats();
  }

  /**
   * Some columns of two rows, word by word.
   *
   * @param lower negative where there is no second row
   */
  private static void ofRows(
      MemorySegment b, long upper, long lower, int columns, float[] packed, int at, int pad) {
    for (int j = 0; j < columns; j++) {
      int half = lower < 0 ? pad : half(b.get(JAVA_INT, lower + 4L * j));
      packed[at + j] = word(b.get(JAVA_INT, upper + 4L * j), half);
    }
  }

  /** The same of rows of an array; behind the last one stand eight more numbers. */
  static void pack(
      Panels panels, float[] b, int start, int stride, int count, int k, float[] packed) {
    int depth = (k + 1) / 2;
    for (int column = 0; column < count; column += STRIP) {
      int at = panels.at(column, depth);
      int from = start + column;
      int whole = k / 2;
      for (int i = 0; i < whole; i++) {
        IntVector x = FloatVector.fromArray(EIGHT_FLOATS, b, from).reinterpretAsInts();
        IntVector y = FloatVector.fromArray(EIGHT_FLOATS, b, from + stride).reinterpretAsInts();
        ofTwo(x, y).intoArray(packed, at);
        from += 2 * stride;
        at += panels.width();
      }
      for (int j = 0; j < STRIP && whole < depth; j++) {
        packed[at + j] = word(Float.floatToRawIntBits(b[from + j]), panels.pad());
      }
    }
  }
}
