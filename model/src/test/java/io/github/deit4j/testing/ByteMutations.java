package io.github.deit4j.testing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages files. */
public final class ByteMutations {
  private static final int LOOK_AHEAD = 200;

  private ByteMutations() {}

  /** Flips, cuts out, inserts or doubles some bytes, up to three times. */
  public static byte[] mutate(byte[] valid, SplittableRandom random) {
    byte[] bytes = valid;
    for (int i = random.nextInt(1, 4); i > 0 && bytes.length > 0; i--) {
      int from = random.nextInt(bytes.length);
      int to = Math.min(bytes.length, from + random.nextInt(1, 9));
      var inserted = new byte[random.nextInt(1, 9)];
      random.nextBytes(inserted);
      bytes =
          switch (random.nextInt(5)) {
            case 0 -> flip(bytes, from, random);
            case 1 -> splice(bytes, from, to, new byte[0]);
            case 2 -> splice(bytes, from, from, inserted);
            case 3 -> splice(bytes, from, from, Arrays.copyOfRange(bytes, from, to));
            default -> Arrays.copyOf(bytes, from);
          };
    }
    return bytes;
  }

  private static final String[] NUMBERS = {
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "2147483640",
    "2147483647",
    "4294967295",
    "-2147483648",
    "9223372036854775807",
    "1e-300",
    "1e308",
    "1e999",
    "0.0001",
    "NaN"
  };

  private static final long[] WORDS = {0, -1, 1, 0x7f, 0x80, 0xffff, 0x7fffffffL, 0x80000000L};

  /** Puts an unlikely number in the place of another one, a text's or a binary field's. */
  public static byte[] exaggerate(byte[] valid, SplittableRandom random) {
    byte[] bytes = valid.clone();
    for (int i = random.nextInt(1, 3); i > 0 && bytes.length > 0; i--) {
      int at = random.nextInt(bytes.length);
      int digit = at;
      while (digit < Math.min(bytes.length, at + LOOK_AHEAD) && !isDigit(bytes[digit])) {
        digit++;
      }
      if (random.nextBoolean() && digit < bytes.length && isDigit(bytes[digit])) {
        int end = digit;
        while (end < bytes.length && isDigit(bytes[end])) {
          end++;
        }
        String number = NUMBERS[random.nextInt(NUMBERS.length)];
        bytes = splice(bytes, digit, end, number.getBytes(StandardCharsets.US_ASCII));
      } else {
        long word = WORDS[random.nextInt(WORDS.length)];
        int length = 1 << random.nextInt(4);
        boolean bigEndian = random.nextBoolean();
        for (int j = 0; j < length && at + j < bytes.length; j++) {
          bytes[at + j] = (byte) (word >> 8 * (bigEndian ? length - 1 - j : j));
        }
      }
    }
    return bytes;
  }

  private static boolean isDigit(byte letter) {
    return letter >= '0' && letter <= '9';
  }

  private static byte[] flip(byte[] bytes, int at, SplittableRandom random) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] replacement) {
    var spliced = new byte[bytes.length - (to - from) + replacement.length];
    System.arraycopy(bytes, 0, spliced, 0, from);
    System.arraycopy(replacement, 0, spliced, from, replacement.length);
    System.arraycopy(bytes, to, spliced, from + replacement.length, bytes.length - to);
    return spliced;
  }
}
