package io.github.deit4j.golden;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Numbers computed from a seed, a name and an index, by which golden item 4 fills full-size models;
 * the steps are in the golden folder's README.
 *
 * @param seed an unsigned number of 64 bits
 */
public record HashFill(long seed) {
  /** Returns FNV-1a, 64 bits, of the UTF-8 bytes of a name. */
  public static long fnv1a64(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(UTF_8)) {
      hash = (hash ^ Byte.toUnsignedInt(b)) * 0x100000001b3L;
    }
    return hash;
  }

  /** Returns the hash of an element. */
  public long hash(String name, long index) {
    return mix(fnv1a64(name), index);
  }

  private long mix(long nameHash, long index) {
    long z = seed + nameHash + index + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Returns a hash as a number of [−1, 1). */
  public static double unit(long hash) {
    return ((hash >>> 40) - (1 << 23)) * 0x1p-23;
  }

  /** Returns the numbers of a tensor's elements. */
  public float[] values(String name, long count, double offset, double scale) {
    long nameHash = fnv1a64(name);
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (offset + scale * unit(mix(nameHash, i)));
    }
    return values;
  }
}
