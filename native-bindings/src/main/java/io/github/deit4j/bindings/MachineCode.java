package io.github.deit4j.bindings;

import io.github.deit4j.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Functions of machine code that Java has written. Their memory is first writable, then executable,
 * never both, so that systems which forbid pages that are both allow it.
 */
public final class MachineCode {
  private MachineCode() {}

  /**
   * Makes a function, for as long as the JVM runs. Pointers that it takes may be those of arrays. A
   * call costs as little as one of a method; the JVM cannot stop for a garbage collection
   * meanwhile, so it must be short, and nothing checks what it reads and writes.
   *
   * @param code whole instructions that need not know where they stand
   * @param entry where the first of them stands
   * @param type what the function takes, by the C calling convention of the system
   * @throws UnsupportedOperationException with the reason where there is no such memory: on another
   *     system than Linux, where native access is denied to this module, or when the kernel refuses
   */
  public static MethodHandle function(byte[] code, int entry, FunctionDescriptor type) {
    MemorySegment memory =
        AnonymousMemory.mapPages(code.length, Arena.global())
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        "no memory of its own for %,d bytes of machine code: expected Linux with"
                                .formatted(code.length)
                            + " --enable-native-access=io.github.deit4j.bindings"));
    memory.copyFrom(MemorySegment.ofArray(code));
    if (Libc.mprotect(memory, code.length, Libc.PROT_READ() | Libc.PROT_EXEC()) != 0) {
      throw new UnsupportedOperationException(
          "the system refused to make %,d bytes executable (mprotect); a security policy may say so"
              .formatted(code.length));
    }
    return Linker.nativeLinker()
        .downcallHandle(memory.asSlice(entry), type, Linker.Option.critical(true));
  }
}
