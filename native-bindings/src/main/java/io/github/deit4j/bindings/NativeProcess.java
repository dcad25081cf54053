package io.github.deit4j.bindings;

import io.github.deit4j.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** What the C library knows of this process and the JVM has no method for. */
public final class NativeProcess {
  private NativeProcess() {}

  /**
   * Lets libraries that are opened from now on find the functions of one that is loaded already.
   *
   * @throws UnsatisfiedLinkError with the loader's reason
   * @throws IllegalCallerException where native access is denied to this module
   */
  static void shareFunctions(Path library) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment name = arena.allocateFrom(library.toString());
      if (Libc.dlopen(name, Libc.RTLD_NOW() | Libc.RTLD_GLOBAL()).address() == 0) {
        throw new UnsatisfiedLinkError(CString.at(Libc.dlerror()));
      }
    }
  }

  /**
   * Lets SIGINT and SIGTERM end this process at once from now on. The JVM takes no notice of them
   * once it runs its shutdown hooks. Does nothing where the C library cannot be called.
   */
  public static void dieOfSignals() {
    if (AnonymousMemory.canCallLibc()) {
      Libc.signal(Libc.SIGINT(), Libc.SIG_DFL());
      Libc.signal(Libc.SIGTERM(), Libc.SIG_DFL());
    }
  }

  /**
   * Sets a variable for native libraries: {@link System#getenv} is a copy that does not change.
   * Does nothing where the C library cannot be called: then no library can.
   */
  static void setEnvironment(String name, String value) {
    if (!AnonymousMemory.canCallLibc()) {
      return;
    }
    try (Arena arena = Arena.ofShared()) {
      Libc.setenv(arena.allocateFrom(name), arena.allocateFrom(value), 1);
    }
  }
}
