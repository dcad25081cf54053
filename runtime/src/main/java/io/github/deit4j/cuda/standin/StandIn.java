package io.github.deit4j.cuda.standin;

import io.github.deit4j.bindings.NativeLibraries;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The stand-in that this process has loaded instead of CUDA's libraries, for good: {@code cuda} is
 * a backend from then on. Its settings are told in {@code settings.cpp}.
 */
@SuppressWarnings("restricted") // it calls the functions that control the stand-in
public final class StandIn {
  private static final int MOST_TEXT = 1 << 20;

  private static StandIn loaded;

  private final Path folder;
  private final MethodHandle set;
  private final MethodHandle get;
  private final MethodHandle arm;
  private final MethodHandle reset;
  private final MethodHandle violations;
  private final MethodHandle account;
  private final MethodHandle clearAccount;

  private StandIn(Path folder) {
    this.folder = folder;
    SymbolLookup symbols =
        SymbolLookup.libraryLookup(folder.resolve("libcuda.so.1"), Arena.global());
    var address = ValueLayout.ADDRESS;
    var number = ValueLayout.JAVA_LONG;
    set = function(symbols, "standin_set", FunctionDescriptor.ofVoid(address, number));
    get = function(symbols, "standin_get", FunctionDescriptor.of(number, address));
    arm =
        function(
            symbols,
            "standin_arm",
            FunctionDescriptor.ofVoid(address, number, ValueLayout.JAVA_INT));
    reset = function(symbols, "standin_reset", FunctionDescriptor.ofVoid());
    violations =
        function(symbols, "standin_violations", FunctionDescriptor.ofVoid(address, number));
    account = function(symbols, "standin_account", FunctionDescriptor.of(number, address, number));
    clearAccount = function(symbols, "standin_clear_account", FunctionDescriptor.ofVoid());
  }

  private static MethodHandle function(
      SymbolLookup symbols, String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), descriptor);
  }

  /** Returns the one that this process has loaded, if it has. */
  public static synchronized Optional<StandIn> loaded() {
    return Optional.ofNullable(loaded);
  }

  /**
   * Loads it; at once before anything else asks for CUDA's libraries.
   *
   * @param folder of {@link StandInBuild}
   * @throws IllegalStateException if this process has loaded another driver
   */
  public static synchronized StandIn load(Path folder) {
    System.setProperty("deit4j.cuda", folder.resolve("libcuda.so.1").toString());
    System.setProperty("deit4j.cublas", folder.resolve("libcublas.so.13").toString());
    System.setProperty("deit4j.nvrtc", folder.resolve("libnvrtc.so.13").toString());
    System.setProperty("deit4j.nccl", folder.resolve("libnccl.so.2").toString());
    String place = NativeLibraries.cuda().place().orElse("none");
    if (!place.contains(folder.toString())) {
      throw new IllegalStateException(
          "expected the stand-in of %s as this process's driver, found %s: use a process of its own"
              .formatted(folder, place));
    }
    loaded = new StandIn(folder);
    return loaded;
  }

  /** Returns the folder of its libraries. */
  public Path folder() {
    return folder;
  }

  /** Returns to the first settings; nothing is armed, nothing counted. Live things stay. */
  public void reset() {
    call(reset);
  }

  /** Changes a setting. */
  public void set(String setting, long value) {
    try (Arena arena = Arena.ofShared()) {
      call(set, arena.allocateFrom(setting), value);
    }
  }

  /** Returns a setting or a count. */
  public long get(String name) {
    try (Arena arena = Arena.ofShared()) {
      return (long) call(get, arena.allocateFrom(name));
    }
  }

  /**
   * Lets one call fail.
   *
   * @param function the exported name, such as {@code cuMemAlloc_v2}, or {@code *} for any
   * @param call which of its calls from now on, from 1
   * @param code what it returns, 0 for what suits it
   */
  public void failAt(String function, long call, int code) {
    try (Arena arena = Arena.ofShared()) {
      call(arm, arena.allocateFrom(function), call, code);
    }
  }

  /** Returns what no program may do but was done since the reset, a line for each. */
  public String violations() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment text = arena.allocate(1 << 16);
      call(violations, text, text.byteSize());
      return text.getString(0);
    }
  }

  /** Forgets all work so far. */
  public void clearAccount() {
    call(clearAccount);
  }

  /**
   * Returns the work since then, if the setting {@code account} is 1 or 2, in the order in which
   * each was first done.
   */
  public List<StandInWork> account() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment text = arena.allocate(MOST_TEXT);
      long length = (long) call(account, text, text.byteSize());
      if (length >= MOST_TEXT) {
        throw new IllegalStateException("an account of %,d bytes".formatted(length));
      }
      return text.getString(0).lines().map(StandInWork::of).toList();
    }
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
