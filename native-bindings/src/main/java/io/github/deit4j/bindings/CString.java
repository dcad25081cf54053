package io.github.deit4j.bindings;

import java.lang.foreign.MemorySegment;

/** Strings of C. */
public final class CString {
  private CString() {}

  /**
   * Copies a string that a library has returned.
   *
   * @param pointer to UTF-8 characters that end with a zero, which the library vouches for
   */
  public static String at(MemorySegment pointer) {
    return pointer.reinterpret(Long.MAX_VALUE).getString(0);
  }
}
