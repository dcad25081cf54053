package io.github.deit4j.bindings;

import io.github.deit4j.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory for machine code that Java has written: first writable, then executable, never both, so
 * that systems which forbid pages that are both allow it.
 */
public final class ExecutableMemory {
  private ExecutableMemory() {}

  /**
   * Puts code into pages of its own.
   *
   * @param code whole instructions that need not know where they stand
   * @param arena how long the code may be called; the pages are unmapped when it closes
   * @return the code, for {@link java.lang.foreign.Linker#downcallHandle}
   * @throws UnsupportedOperationException with the reason where there is no such memory: on another
   *     system than Linux, where native access is denied to this module, or when the kernel refuses
   */
  public static MemorySegment of(byte[] code, Arena arena) {
    MemorySegment memory =
        AnonymousMemory.mapPages(code.length, arena)
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        "no memory of its own for %,d bytes of machine code: expected Linux with"
                            .formatted(code.length)
                            + " --enable-native-access=io.github.deit4j.bindings"));
    MemorySegment.copy(MemorySegment.ofArray(code), 0, memory, 0, code.length);
    if (Libc.mprotect(memory, code.length, Libc.PROT_READ() | Libc.PROT_EXEC()) != 0) {
      throw new UnsupportedOperationException(
          "the system refused to make %,d bytes executable (mprotect); a security policy may say so"
              .formatted(code.length));
    }
    return memory.asReadOnly();
  }
}
