package io.github.deit4j.cpu.core;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One thread's working memory for kernels. Each slot grows to the largest size ever asked for and
 * is then reused, so that a steady step allocates nothing. Freed with its thread.
 */
public final class Scratch {
  /** What a piece of scratch memory is for; pieces of different slots never overlap. */
  public enum Slot {
    ROWS,
    ROUNDED_A,
    ROUNDED_B,
    PACKED_A,
    PACKED_B,
    PACKED_VALUES,
    INPUT,
    HEAD,
    QUERIES,
    START,
    SUMS,
    BLOCK,
    OPERAND,
    BELLS,
    HIDDEN,
    HIDDEN_PANELS,
    SCORES,
    SCORE_GRADIENTS,
    MAXIMA,
    RECIPROCALS,
    LOGITS,
    TARGETS,
    CONVOLUTION_INPUT,
    CONVOLUTION_OUTPUT,
    CONVOLUTION_GRADIENT
  }

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);
  private static final long ALIGNMENT = 64;

  private final MemorySegment[] segments = new MemorySegment[Slot.values().length];
  private final float[][] arrays = new float[Slot.values().length][0];
  private final Object[] users = new Object[Slot.values().length];

  private Scratch() {}

  /** Returns the calling thread's scratch memory. */
  public static Scratch ofThisThread() {
    return OF_THREAD.get();
  }

  /** Returns at least {@code floats} floats, aligned to 64 bytes, holding whatever was there. */
  public MemorySegment floats(Slot slot, long floats) {
    long bytes = 4 * floats;
    MemorySegment memory = segments[slot.ordinal()];
    if (memory == null || memory.byteSize() < bytes) {
      // An automatic arena, because threads end without telling anybody.
      memory = Arena.ofAuto().allocate(bytes + bytes / 4, ALIGNMENT);
      segments[slot.ordinal()] = memory;
    }
    return memory;
  }

  /** Returns an array of at least {@code floats} elements, holding whatever was there. */
  public float[] array(Slot slot, int floats) {
    float[] array = arrays[slot.ordinal()];
    if (array.length < floats) {
      array = new float[floats + floats / 4];
      arrays[slot.ordinal()] = array;
    }
    return array;
  }

  /**
   * Makes a slot somebody's, and returns whether it was not before: then what he needs is not in
   * it.
   *
   * @param user told from others by its identity; as long as he needs the slot, nobody else on this
   *     thread writes to it
   */
  @SuppressWarnings("ReferenceEquality") // users have an identity and nothing else
  public boolean claim(Slot slot, Object user) {
    boolean isNew = users[slot.ordinal()] != user;
    users[slot.ordinal()] = user;
    return isNew;
  }
}
