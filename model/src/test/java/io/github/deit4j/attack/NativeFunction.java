package io.github.deit4j.attack;

import java.util.EnumSet;
import java.util.Set;

/** Native functions that {@code natives.cpp} can make fail, in its order. */
enum NativeFunction {
  /** Java's allocation of memory beside the heap, by whoever. */
  ALLOCATE(false),
  /** The same by what only makes kernels fast sooner. */
  WARM_UP(true),
  /** A mapping of memory, in whose place Java's allocation serves. */
  MMAP(true),
  /** Its end. */
  MUNMAP(true),
  /** The wish for huge pages. */
  MADVISE(true),
  /** Memory with machine code in it becomes executable; there are kernels without. */
  MPROTECT(true),
  /** libjpeg-turbo's making of a decoder. */
  DECODER(false),
  /** Its reading of a header. */
  HEADER(false),
  /** Its decoding. */
  DECODE(false);

  /** Memory as it is taken. */
  static final Set<NativeFunction> MEMORY = EnumSet.range(ALLOCATE, MMAP);

  /** All the others. */
  static final Set<NativeFunction> CALLS = EnumSet.range(MUNMAP, DECODE);

  private final boolean dispensable;

  NativeFunction(boolean dispensable) {
    this.dispensable = dispensable;
  }

  /** Returns whether everything goes on without it, with the same bits. */
  boolean dispensable() {
    return dispensable;
  }
}
