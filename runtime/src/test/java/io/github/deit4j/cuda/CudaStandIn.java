package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.cuda.standin.StandIn;
import io.github.deit4j.cuda.standin.StandInBuild;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
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

  private final StandIn standIn;
  private final Path folder;

  private CudaStandIn(Path folder) {
    this.standIn = StandIn.load(folder);
    this.folder = folder;
    System.setProperty("deit4j.kernels", folder.resolve("cache").toString());
  }

  /** All modules share one. */
  private static Path target() {
    Path runtime = Path.of("..", "runtime");
    Path module = Files.isDirectory(runtime) ? runtime : Path.of(".");
    return module.resolve("target").resolve("cuda-stand-in");
  }

  /**
   * Returns the stand-in, reset; built at the first call, if that has not been done before.
   * Afterwards {@code cuda} is a backend of this JVM. Without a C++ compiler the test is skipped.
   */
  public static synchronized CudaStandIn require() {
    if (instance == null && absence == null) {
      Optional<String> lack = StandInBuild.lack();
      absence = lack.orElse(null);
      instance = lack.isPresent() ? null : new CudaStandIn(StandInBuild.folder(target()));
    }
    assumeTrue(instance != null, absence);
    instance.reset();
    return instance;
  }

  /** Returns the stand-in as it is, for tests that an extension has reset it for. */
  static synchronized CudaStandIn running() {
    return Objects.requireNonNull(instance, "the stand-in, which require() builds");
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

  /**
   * Has every access of kernels to memory watched, or no longer: of backends that are opened after
   * this. What is found is among the violations, and the launch fails.
   */
  public void check(boolean checked) {
    set("check", checked ? 1 : 0);
    System.setProperty("deit4j.cuda.separate", String.valueOf(checked));
    System.setProperty("deit4j.kernels", folder.resolve(checked ? "checked" : "cache").toString());
  }

  /** Returns to the first settings; nothing is armed, nothing counted. Live things stay. */
  public void reset() {
    standIn.reset();
  }

  /**
   * Changes a setting: {@code devices}, {@code alike} (1: all are of one model), {@code major} and
   * {@code minor} of the compute capability, {@code memory} and {@code sharedMemory} in bytes,
   * {@code driverVersion} and {@code nvrtcVersion} (13000 for 13.0), {@code cublasVersion}
   * (130000), {@code ncclVersion} (22703 for 2.27.3), {@code ncclState} (what NCCL answers who asks
   * for its state), {@code noAlgorithm} (1: cuBLASLt has none, 2: none with an epilogue), {@code
   * slowAlgorithms} (so many of the first ones of cuBLASLt take longer), {@code eager} (0: all work
   * as late as can be; 1: copies as early as can be; 2: all work), or {@code account} (2: costs are
   * noted).
   */
  public void set(String setting, long value) {
    standIn.set(setting, value);
  }

  /**
   * Lets one call fail.
   *
   * @param function the exported name, such as {@code cuMemAlloc_v2}, or {@code *} for any
   * @param call which of its calls from now on, from 1
   * @param code what it returns, 0 for what suits it
   */
  public void failAt(String function, long call, int code) {
    standIn.failAt(function, call, code);
  }

  /** Returns how often a function was called since the reset; all together for {@code *}. */
  public long calls(String function) {
    return value(function.equals("*") ? "calls" : "calls." + function);
  }

  /** Returns how often a kernel was launched since the reset. */
  public long launches(String kernel) {
    return value("launches." + kernel);
  }

  /**
   * Returns how many of a kind are live: {@code contexts}, {@code memory}, {@code pinned}, {@code
   * streams}, {@code events}, {@code modules}, {@code graphs}, {@code graphExecs}, {@code handles},
   * {@code descriptions}, {@code layouts}, {@code preferences}, {@code programs}, {@code
   * communicators}.
   */
  public long live(String kind) {
    return value("live." + kind);
  }

  private long value(String name) {
    return standIn.get(name);
  }

  /** Returns what no program may do but was done since the reset, a line for each. */
  public String violations() {
    return standIn.violations();
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
}
