package io.github.deit4j.testing;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages files. */
public final class ByteMutations {
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
