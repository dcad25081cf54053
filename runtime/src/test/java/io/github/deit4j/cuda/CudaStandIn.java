package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.bindings.NativeLibraries;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * CUDA's libraries for machines without a device, built by this machine's C++ compiler: see the
 * README beside their sources. One for the JVM; a test resets it first, and asks at its end whether
 * it was used as it must be.
 *
 * <pre>{@code
 * private final CudaStandIn standIn = CudaStandIn.require();
 *
 * @AfterEach
 * void nothingIsLeft() {
 *   standIn.requireClean();
 * }
 * }</pre>
 */
@SuppressWarnings("restricted") // it calls the functions that control the stand-in
public final class CudaStandIn {
  private static final String[] KINDS = {
    "memory",
    "pinned",
    "streams",
    "events",
    "modules",
    "handles",
    "descriptions",
    "layouts",
    "preferences",
    "programs",
    "communicators",
    "contexts"
  };

  private static CudaStandIn instance;
  private static String absence;

  private final MethodHandle set;
  private final MethodHandle get;
  private final MethodHandle arm;
  private final MethodHandle reset;
  private final MethodHandle violations;

  private final Path folder;

  private CudaStandIn(Path folder) {
    this.folder = folder;
    System.setProperty("deit4j.cuda", folder.resolve("libcuda.so.1").toString());
    System.setProperty("deit4j.cublas", folder.resolve("libcublas.so.13").toString());
    System.setProperty("deit4j.nvrtc", folder.resolve("libnvrtc.so.13").toString());
    System.setProperty("deit4j.nccl", folder.resolve("libnccl.so.2").toString());
    System.setProperty("deit4j.kernels", folder.resolve("cache").toString());
    assertThat(NativeLibraries.cuda().place().orElse(NativeLibraries.cuda().toString()))
        .as("the driver in this JVM; tests with a device run in another")
        .contains(folder.toString());
    SymbolLookup symbols =
        SymbolLookup.libraryLookup(folder.resolve("libcuda.so.1"), Arena.global());
    set = function(symbols, "standin_set", null, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
    get = function(symbols, "standin_get", ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
    arm =
        function(
            symbols,
            "standin_arm",
            null,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT);
    reset = function(symbols, "standin_reset", null);
    violations =
        function(symbols, "standin_violations", null, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
  }

  private static MethodHandle function(
      SymbolLookup symbols, String name, ValueLayout result, ValueLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(
            symbols.findOrThrow(name),
            result == null
                ? FunctionDescriptor.ofVoid(parameters)
                : FunctionDescriptor.of(result, parameters));
  }

  /**
   * Returns the stand-in, reset; built at the first call, if that has not been done before.
   * Afterwards {@code cuda} is a backend of this JVM. Without a C++ compiler the test is skipped.
   */
  public static synchronized CudaStandIn require() {
    if (instance == null && absence == null) {
      Optional<String> lack = CudaStandInBuild.lack();
      absence = lack.orElse(null);
      instance = lack.isPresent() ? null : new CudaStandIn(CudaStandInBuild.folder());
    }
    assumeTrue(instance != null, absence);
    instance.reset();
    return instance;
  }

  /**
   * Returns what other JVMs need in their environment to use libraries like these. Settings go the
   * same way, as {@code STANDIN_devices} for instance.
   */
  public Map<String, String> environment() {
    return Map.of(
        "DEIT4J_CUDA", folder.resolve("libcuda.so.1").toString(),
        "DEIT4J_CUBLAS", folder.resolve("libcublas.so.13").toString(),
        "DEIT4J_NVRTC", folder.resolve("libnvrtc.so.13").toString(),
        "DEIT4J_NCCL", folder.resolve("libnccl.so.2").toString());
  }

  /** Returns the option with which other JVMs find the kernels that are compiled already. */
  public String kernels() {
    return "-Ddeit4j.kernels=" + folder.resolve("cache");
  }

  /** Returns to the first settings; nothing is armed, nothing counted. Live things stay. */
  public void reset() {
    call(reset);
  }

  /**
   * Changes a setting: {@code devices}, {@code alike} (1: all are of one model), {@code major} and
   * {@code minor} of the compute capability, {@code memory} and {@code sharedMemory} in bytes,
   * {@code driverVersion} and {@code nvrtcVersion} (13000 for 13.0), {@code cublasVersion}
   * (130000), {@code ncclVersion} (22703 for 2.27.3), {@code ncclState} (what NCCL answers who asks
   * for its state), {@code noAlgorithm} (1: cuBLASLt has none), or {@code eager} (0: all work as
   * late as can be; 1: copies as early as can be; 2: all work).
   */
  public void set(String setting, long value) {
    try (Arena arena = Arena.ofShared()) {
      call(set, arena.allocateFrom(setting), value);
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

  /** Returns how often a function was called since the reset; all together for {@code *}. */
  public long calls(String function) {
    return value(function.equals("*") ? "calls" : "calls." + function);
  }

  /**
   * Returns how many of a kind are live: {@code contexts}, {@code memory}, {@code pinned}, {@code
   * streams}, {@code events}, {@code modules}, {@code handles}, {@code descriptions}, {@code
   * layouts}, {@code preferences}, {@code programs}, {@code communicators}.
   */
  public long live(String kind) {
    return value("live." + kind);
  }

  private long value(String name) {
    try (Arena arena = Arena.ofShared()) {
      return (long) call(get, arena.allocateFrom(name));
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

  /** Requires that nothing is live and nothing was violated. */
  public void requireClean() {
    assertThat(violations()).as("violations").isEmpty();
    requireNothingLive();
  }

  /** Requires that nothing is live. */
  public void requireNothingLive() {
    for (String kind : KINDS) {
      assertThat(live(kind)).as("live " + kind).isZero();
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
