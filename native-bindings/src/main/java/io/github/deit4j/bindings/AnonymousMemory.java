package io.github.deit4j.bindings;

import io.github.deit4j.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Zeroed memory straight from the Linux kernel, in huge pages where the kernel has them.
 *
 * <p>{@link Arena#allocate(long, long)} writes zeros to every page on the calling thread. Here a
 * page comes into being when it is first touched, on the thread that touches it, and one page fault
 * brings 2 MiB instead of 4 KiB.
 */
public final class AnonymousMemory {
  /** The alignment of a mapping in bytes: the size of a huge page. */
  public static final long ALIGNMENT = 2L << 20;

  private static final System.Logger LOG = System.getLogger(AnonymousMemory.class.getName());
  private static final boolean AVAILABLE = available();

  private AnonymousMemory() {}

  /**
   * Maps a region of zeros, aligned to {@link #ALIGNMENT}, that is unmapped when the arena closes.
   *
   * @param bytes the region's size
   * @param arena how long the region lives and which threads may use it
   * @return the region, or nothing where there is none to be had: on another system than Linux,
   *     where native access is denied to this module, or when the kernel refuses
   * @throws IllegalArgumentException if the size is negative
   * @throws IllegalStateException if the arena is closed
   */
  public static Optional<MemorySegment> map(long bytes, Arena arena) {
    if (bytes < 0) {
      throw new IllegalArgumentException(
          "a mapping of %,d bytes: ask for 0 or more".formatted(bytes));
    }
    // Whole huge pages, the last one too, and room to move the start up to the next boundary. Sizes
    // near 2^63 become negative, which the kernel reads as more than it has.
    long reserved = roundUp(bytes) + ALIGNMENT;
    return mapPages(reserved, arena)
        .map(
            pages -> {
              // A kernel without huge pages refuses, and the memory is good all the same.
              Libc.madvise(pages, reserved, Libc.MADV_HUGEPAGE());
              return pages.asSlice(roundUp(pages.address()) - pages.address(), bytes);
            });
  }

  /** Returns whether this is Linux, with native access for this module. */
  static boolean canCallLibc() {
    return AVAILABLE;
  }

  /** Maps zeroed pages wherever the kernel likes. */
  static Optional<MemorySegment> mapPages(long bytes, Arena arena) {
    if (!AVAILABLE) {
      return Optional.empty();
    }
    MemorySegment start =
        Libc.mmap(
            MemorySegment.NULL,
            bytes,
            Libc.PROT_READ() | Libc.PROT_WRITE(),
            Libc.MAP_PRIVATE() | Libc.MAP_ANONYMOUS(),
            -1,
            0);
    if (start.address() == Libc.MAP_FAILED().address()) {
      LOG.log(System.Logger.Level.DEBUG, "mmap of {0} bytes failed", bytes);
      return Optional.empty();
    }
    return Optional.of(bind(start, bytes, arena));
  }

  private static MemorySegment bind(MemorySegment start, long size, Arena arena) {
    try {
      return start.reinterpret(size, arena, AnonymousMemory::unmap);
    } catch (RuntimeException notBound) {
      unmap(start.reinterpret(size));
      throw notBound;
    }
  }

  private static void unmap(MemorySegment mapping) {
    if (Libc.munmap(mapping, mapping.byteSize()) != 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "munmap of {0} bytes at {1} failed: they stay with the process until it ends",
          mapping.byteSize(),
          mapping.address());
    }
  }

  private static long roundUp(long value) {
    return (value + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /**
   * Tries a restricted method here, because the generated classes call theirs in static
   * initializers: a denial there would come as an error, and only the first time with its reason.
   */
  private static boolean available() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return false;
    }
    try {
      return MemorySegment.NULL.reinterpret(0).byteSize() == 0;
    } catch (IllegalCallerException denied) {
      LOG.log(
          System.Logger.Level.DEBUG,
          "no huge pages: grant --enable-native-access=io.github.deit4j.bindings",
          denied);
      return false;
    }
  }
}
