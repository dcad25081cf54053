package io.github.deit4j.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Owns the memory of many tensors and frees it at once: one arena for the model, one for the step.
 *
 * <p>Allocation moves a pointer through large chunks; {@link #reset()} moves it back, so that every
 * training step gets the same addresses and, after the first, allocates nothing. One thread
 * allocates and resets; tensors may be read from any thread.
 *
 * <p>An arena that was never closed keeps its memory; a warning says so once it is out of reach,
 * and where it was opened if the system property {@code deit4j.leaks} is {@code all}.
 */
public final class TensorArena implements AutoCloseable {
  /** Where an arena's memory comes from: the host's or a device's. */
  public interface ChunkSource extends AutoCloseable {
    /**
     * Returns a new region, aligned to 64 bytes, that lives until this source is closed.
     *
     * @param bytes the region's size
     * @throws OutOfMemoryError if the host has not that much; a device's source throws its own
     *     exception
     */
    Region allocate(long bytes);

    /**
     * Returns whether every tensor is to have a region of its own that {@link #reset()} frees:
     * slow, and what tools need that look for accesses beyond a tensor or before its first write.
     */
    default boolean isSeparate() {
      return false;
    }

    /** Frees every region; others may be allocated after this. Called where they are separate. */
    default void clear() {
      throw new UnsupportedOperationException("regions are freed when their source is closed");
    }

    /** Frees every region. */
    @Override
    void close();
  }

  /** The alignment of every tensor in bytes: one cache line, one AVX-512 vector. */
  public static final long ALIGNMENT = 64;

  private static final long FIRST_CHUNK = 1L << 20;
  private static final long LARGEST_GROWTH = 1L << 28;
  private static final long CLOSED = -1;
  private static final AtomicInteger OPEN = new AtomicInteger();
  private static final AtomicLong OPEN_BYTES = new AtomicLong();

  private final String name;
  private final long limit;
  private final ChunkSource source;
  private final Unclosed unclosed;
  private final List<Region> chunks = new ArrayList<>();
  private int chunk;
  private long offset;
  private long reserved;
  private volatile long epoch;

  /**
   * Opens an empty arena.
   *
   * @param name what it is for, used in messages
   * @param limit the most bytes it may reserve
   * @param source where its memory comes from; closed with the arena
   */
  public TensorArena(String name, long limit, ChunkSource source) {
    this.name = name;
    this.limit = limit;
    this.source = source;
    this.unclosed = Unclosed.watch(this);
    OPEN.incrementAndGet();
  }

  /** Returns the number of arenas of this process that are open: 0 when nothing leaks. */
  public static int open() {
    return OPEN.get();
  }

  /** Returns the bytes that all open arenas of this process have reserved together. */
  public static long openBytes() {
    return OPEN_BYTES.get();
  }

  /** Returns the name given at creation. */
  public String name() {
    return name;
  }

  /** Returns the bytes reserved from the machine so far. */
  public long reservedBytes() {
    return reserved;
  }

  /** Returns a float32 tensor whose values are whatever the memory holds. */
  public Tensor allocate(int... sizes) {
    return allocate(DType.F32, Shape.of(sizes));
  }

  /**
   * Returns a tensor whose values are whatever the memory holds.
   *
   * @throws ArenaLimitException if the arena would grow past its limit
   * @throws IllegalStateException if the arena is closed
   */
  public Tensor allocate(DType dtype, Shape shape) {
    if (epoch == CLOSED) {
      throw new IllegalStateException("arena '" + name + "' is closed: allocate from an open one");
    }
    // Divided, because the byte count of a nonsense shape overflows.
    if (shape.elements() > limit / dtype.bytes()) {
      throw pastLimit(dtype, shape);
    }
    return new Tensor(this, epoch, shape, dtype, take(dtype, shape));
  }

  private Region take(DType dtype, Shape shape) {
    long bytes = shape.elements() * dtype.bytes();
    boolean separate = source.isSeparate();
    long rounded = separate ? bytes : (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    int next = separate ? chunks.size() : chunk;
    long start = separate ? 0 : offset;
    while (next < chunks.size() && chunks.get(next).bytes() - start < rounded) {
      next++;
      start = 0;
    }
    if (next == chunks.size()) {
      if (rounded > limit - reserved) {
        throw pastLimit(dtype, shape);
      }
      grow(rounded);
    }
    chunk = next;
    offset = start + rounded;
    return chunks.get(next).slice(start, bytes);
  }

  private void grow(long needed) {
    long more = Math.min(LARGEST_GROWTH, Math.max(FIRST_CHUNK, reserved));
    long wanted = source.isSeparate() ? needed : more;
    long bytes = Math.max(needed, Math.min(wanted, limit - reserved));
    chunks.add(source.allocate(bytes));
    reserved += bytes;
    OPEN_BYTES.addAndGet(bytes);
    unclosed.reserved(reserved);
  }

  private ArenaLimitException pastLimit(DType dtype, Shape shape) {
    return new ArenaLimitException(
        ("arena '%s': %s %s needs %,.0f bytes more, %,d of its limit of %,d are reserved; "
                + "raise the limit or use a smaller batch")
            .formatted(
                name, dtype, shape, (double) shape.elements() * dtype.bytes(), reserved, limit));
  }

  /** Frees all tensors at once and keeps the memory for the next ones. */
  public void reset() {
    if (epoch == CLOSED) {
      throw new IllegalStateException("arena '" + name + "' is closed: reset only an open one");
    }
    chunk = 0;
    offset = 0;
    epoch++;
    if (source.isSeparate()) {
      source.clear();
      chunks.clear();
      OPEN_BYTES.addAndGet(-reserved);
      reserved = 0;
      unclosed.reserved(reserved);
    }
  }

  /**
   * Frees the memory. Tensors of this arena throw from now on. Closing again does nothing, also
   * where the memory's source has thrown: the arena counts as closed.
   */
  @Override
  public void close() {
    if (epoch != CLOSED) {
      epoch = CLOSED;
      chunks.clear();
      unclosed.close();
      OPEN.decrementAndGet();
      OPEN_BYTES.addAndGet(-reserved);
      source.close();
    }
  }

  void check(long tensorEpoch, Tensor tensor) {
    if (epoch != tensorEpoch) {
      throw new IllegalStateException(
          "%s was used after its arena was %s: copy what must outlive a step into another arena"
              .formatted(tensor, epoch == CLOSED ? "closed" : "reset"));
    }
  }
}
