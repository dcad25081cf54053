package io.github.deit4j.cuda.device;

/**
 * How a kernel is launched.
 *
 * @param x blocks along x, at least 1
 * @param y blocks along y
 * @param z blocks along z
 * @param threads threads of a block, 1 to 1024
 * @param sharedBytes dynamic shared memory of a block
 */
public record Grid(int x, int y, int z, int threads, int sharedBytes) {
  private static final int MOST_THREADS = 1024;

  public Grid {
    if (x < 1 || y < 1 || z < 1 || threads < 1 || threads > MOST_THREADS || sharedBytes < 0) {
      throw new IllegalArgumentException(
          "a grid of %d×%d×%d blocks of %d threads with %d bytes: expected at least 1 block, 1 to %d"
                  .formatted(x, y, z, threads, sharedBytes, MOST_THREADS)
              + " threads and 0 bytes or more");
    }
  }

  /** Returns a grid of the given number of blocks. */
  public static Grid of(long blocks, int threads) {
    return new Grid(Math.toIntExact(blocks), 1, 1, threads, 0);
  }

  /** Returns a grid of the given number of blocks along x and y. */
  public static Grid of(long x, long y, int threads) {
    return new Grid(Math.toIntExact(x), Math.toIntExact(y), 1, threads, 0);
  }

  /** Returns a grid with a thread for every element. */
  public static Grid cover(long elements, int threads) {
    return of(Math.max(1, Math.ceilDiv(elements, threads)), threads);
  }

  /** Returns the same with so many bytes of dynamic shared memory for every block. */
  public Grid shared(int bytes) {
    return new Grid(x, y, z, threads, bytes);
  }

  @Override
  public String toString() {
    return "%d×%d×%d blocks of %d threads with %,d bytes of shared memory"
        .formatted(x, y, z, threads, sharedBytes);
  }
}
