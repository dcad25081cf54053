package io.github.deit4j.data.decode;

import java.io.IOException;
import java.util.Arrays;

/**
 * A prefix code of a lossless WebP picture (RFC 9649, section 3.7.2): canonical, of at most 15 bits
 * for a symbol. What it takes is bound to the bits that describe it: a file can have 65,536 times
 * five.
 */
final class PrefixCode {
  /** The most symbols that one has: greens, lengths and places in a cache of 11 bits. */
  static final int MOST_SYMBOLS = 256 + 24 + (1 << 11);

  private static final int LONGEST = 15;

  /** Longer codes are looked up in a second table behind the first. */
  private static final int FIRST_BITS = 8;

  /** Of a table's entries: the length above, the symbol or the place of a second table below. */
  private static final int LENGTH_AT = 12;

  private static final int SYMBOL = (1 << LENGTH_AT) - 1;

  /** In which order the lengths of the codes for lengths come. */
  private static final byte[] LENGTHS_ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  private static final int REPEAT = 16;
  private static final int ZEROS = 17;
  private static final int MANY_ZEROS = 18;
  private static final int LENGTH_AT_FIRST = 8;

  private final char[] table;
  private final int firstBits;

  private PrefixCode(char[] table, int firstBits) {
    this.table = table;
    this.firstBits = firstBits;
  }

  /** Reads descriptions of codes, with room that serves all of them. */
  static final class Reader {
    private final LosslessBits bits;
    private final byte[] lengths = new byte[MOST_SYMBOLS];
    private final byte[] lengthsOfLengths = new byte[LENGTHS_ORDER.length];
    private final int[] counts = new int[LONGEST + 1];
    private final int[] next = new int[LONGEST + 1];

    Reader(LosslessBits bits) {
      this.bits = bits;
    }

    /**
     * Reads a description.
     *
     * @param symbols how many the code may have
     */
    PrefixCode read(int symbols) throws IOException {
      Arrays.fill(lengths, (byte) 0);
      if (bits.readFlag()) {
        boolean two = bits.readFlag();
        lengths[bits.read(bits.readFlag() ? 8 : 1)] = 1;
        if (two) {
          lengths[bits.read(8)] = 1;
        }
      } else {
        readLengths(symbols);
      }
      return code(lengths, symbols);
    }

    private void readLengths(int symbols) throws IOException {
      Arrays.fill(lengthsOfLengths, (byte) 0);
      int count = 4 + bits.read(4);
      for (int i = 0; i < count; i++) {
        lengthsOfLengths[LENGTHS_ORDER[i]] = (byte) bits.read(3);
      }
      PrefixCode code = code(lengthsOfLengths, lengthsOfLengths.length);
      int codes = symbols;
      if (bits.readFlag()) {
        codes = 2 + bits.read(2 + 2 * bits.read(3));
        if (codes > symbols) {
          throw new IOException("lengths of " + codes + " codes for " + symbols + " symbols");
        }
      }
      int before = LENGTH_AT_FIRST;
      for (int at = 0; at < symbols && codes > 0; codes--) {
        int length = code.read(bits);
        int times = times(length);
        if (length >= REPEAT) {
          length = length == REPEAT ? before : 0;
        }
        before = length == 0 ? before : length;
        if (at + times > symbols) {
          throw new IOException("lengths for more than " + symbols + " symbols");
        }
        Arrays.fill(lengths, at, at + times, (byte) length);
        at += times;
      }
    }

    private int times(int length) throws IOException {
      return switch (length) {
        case REPEAT -> 3 + bits.read(2);
        case ZEROS -> 3 + bits.read(3);
        case MANY_ZEROS -> 11 + bits.read(7);
        default -> 1;
      };
    }

    /** Makes a code; one symbol takes no bits, and where there is none it is 0. */
    private PrefixCode code(byte[] lengths, int symbols) throws IOException {
      Arrays.fill(counts, 0);
      int last = 0;
      for (int symbol = 0; symbol < symbols; symbol++) {
        counts[lengths[symbol]]++;
        last = lengths[symbol] > 0 ? symbol : last;
      }
      if (symbols - counts[0] <= 1) {
        return new PrefixCode(new char[] {(char) last}, 0);
      }
      int longest = 0;
      int code = 0;
      for (int length = 1; length <= LONGEST; length++) {
        code <<= 1;
        next[length] = code;
        code += counts[length];
        longest = counts[length] > 0 ? length : longest;
      }
      // Where there were too many of a length there are too many in the end.
      if (code != 1 << LONGEST) {
        throw new IOException("a prefix code with too many or too few codes");
      }
      return of(lengths, symbols, next, longest);
    }
  }

  /**
   * Makes the tables.
   *
   * @param next the first code of each length, counted on here
   */
  private static PrefixCode of(byte[] lengths, int symbols, int[] next, int longest) {
    int firstBits = Math.min(longest, FIRST_BITS);
    int first = 1 << firstBits;
    char[] table = new char[first];
    if (longest > FIRST_BITS) {
      table = withSecondTables(table, lengths, symbols, next.clone());
    }
    for (int symbol = 0; symbol < symbols; symbol++) {
      int length = lengths[symbol];
      if (length == 0) {
        continue;
      }
      int code = reversed(next[length]++, length);
      if (length <= firstBits) {
        fill(table, 0, first, code, length, symbol);
      } else {
        int second = table[code & first - 1];
        int size = 1 << (second >>> LENGTH_AT) - FIRST_BITS;
        fill(table, second & SYMBOL, size, code >>> FIRST_BITS, length - FIRST_BITS, symbol);
      }
    }
    return new PrefixCode(table, firstBits);
  }

  /**
   * Returns the first table with the places and sizes of second ones, and room for them. A place
   * fits below the length: codes come in the order of their lengths, so a second table is as large
   * as it has codes, but for those, one a length at most, that have codes of several lengths.
   * Together they are 256 + {@link #MOST_SYMBOLS} + 7 · 128 entries at most, fewer than 4,096.
   */
  private static char[] withSecondTables(char[] table, byte[] lengths, int symbols, int[] next) {
    for (int symbol = 0; symbol < symbols; symbol++) {
      int length = lengths[symbol];
      int code = reversed(next[length]++, length) & table.length - 1;
      if (length > FIRST_BITS) {
        table[code] = (char) Math.max(table[code], length);
      }
    }
    int size = table.length;
    for (int code = 0; code < table.length; code++) {
      int length = table[code];
      if (length > 0) {
        table[code] = (char) (length << LENGTH_AT | size);
        size += 1 << length - FIRST_BITS;
      }
    }
    return Arrays.copyOf(table, size);
  }

  private static int reversed(int code, int length) {
    return length == 0 ? 0 : Integer.reverse(code) >>> Integer.SIZE - length;
  }

  private static void fill(char[] table, int from, int size, int code, int length, int symbol) {
    for (int i = code; i < size; i += 1 << length) {
      table[from + i] = (char) (length << LENGTH_AT | symbol);
    }
  }

  /** Reads a symbol. */
  int read(LosslessBits bits) throws IOException {
    int entry = table[bits.peek(firstBits)];
    int length = entry >>> LENGTH_AT;
    if (length > FIRST_BITS) {
      bits.skip(FIRST_BITS);
      entry = table[(entry & SYMBOL) + bits.peek(length - FIRST_BITS)];
      length = entry >>> LENGTH_AT;
    }
    bits.skip(length);
    return entry & SYMBOL;
  }
}
