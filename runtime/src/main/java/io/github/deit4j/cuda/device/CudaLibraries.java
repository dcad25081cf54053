package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.bindings.nvrtc.Nvrtc;
import io.github.deit4j.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The libraries of CUDA, loaded and fit for each other.
 *
 * @param driver the newest CUDA that the driver can run
 * @param cublas the version of cuBLAS
 * @param nvrtc the version of the run-time compiler
 */
public record CudaLibraries(Version driver, Version cublas, Version nvrtc) {
  private static final Version OLDEST = new Version(12, 0);

  /** A version of CUDA or of one of its libraries. */
  record Version(int major, int minor) {
    @Override
    public String toString() {
      return major + "." + minor;
    }
  }

  /**
   * Loads the driver and initialises it.
   *
   * @return its version
   * @throws DeviceException.NotFound if it is not found or lacks a function
   * @throws DeviceException.Incompatible if it is too old
   * @throws DeviceException.NotFound if it sees no device
   */
  static Version loadDriver() {
    require(NativeLibraries.cuda());
    int version = Driver.getInt(Driver.returned("cuDriverGetVersion", Cuda::cuDriverGetVersion));
    Version driver = new Version(version / 1000, version % 1000 / 10);
    if (driver.major() < OLDEST.major()) {
      throw new DeviceException.Incompatible(
          "backend cuda: the driver knows CUDA %s, expected %s or newer; update it"
              .formatted(driver, OLDEST));
    }
    int code = Cuda.cuInit(0);
    if (code == Cuda.CUDA_ERROR_NO_DEVICE()) {
      throw DeviceInfo.none();
    }
    Driver.check("cuInit", code);
    return driver;
  }

  /**
   * Returns how many devices the driver sees, at least one.
   *
   * @throws DeviceException as {@link #loadDriver}
   */
  public static int devices() {
    loadDriver();
    int devices = DeviceInfo.count();
    if (devices == 0) {
      throw DeviceInfo.none();
    }
    return devices;
  }

  /**
   * Loads all libraries.
   *
   * @throws DeviceException.NotFound if one is not found or lacks a function
   * @throws DeviceException.Incompatible if one is too old, or too new for the driver
   */
  static CudaLibraries load() {
    Version driver = loadDriver();
    return new CudaLibraries(driver, loadCublas(driver), loadNvrtc(driver));
  }

  /**
   * Looks at everything that the backend needs, and goes on where something is missing.
   *
   * @return driver, each device, cuBLAS, NVRTC and NCCL by name: version, place and what else there
   *     is to say, or what was tried and why it failed
   */
  public static Map<String, String> inventory() {
    Map<String, String> parts = new LinkedHashMap<>();
    try {
      Version driver = loadDriver();
      parts.put("cuda driver", line(driver, NativeLibraries.cuda()));
      DeviceInfo.all().forEach(device -> parts.put(device.key(), device.description()));
      parts.put(
          "cublas",
          orFailure(() -> line(loadCublas(driver), NativeLibraries.cublas(driver.major()))));
      parts.put(
          "nvrtc", orFailure(() -> line(loadNvrtc(driver), NativeLibraries.nvrtc(driver.major()))));
      parts.put("nccl", NcclVersion.line());
    } catch (DeviceException e) {
      parts.put("cuda driver", e.getMessage());
    }
    return parts;
  }

  private static String line(Version version, LoadReport report) {
    return "%s, loaded from %s".formatted(version, report.place().orElseThrow());
  }

  private static String orFailure(Supplier<String> line) {
    try {
      return line.get();
    } catch (DeviceException e) {
      return e.getMessage();
    }
  }

  static Version loadCublas(Version driver) {
    require(NativeLibraries.cublas(driver.major()));
    long version = Cublas.cublasLtGetVersion();
    Version found = new Version((int) (version / 10_000), (int) (version / 100 % 100));
    return fit("cuBLAS", found, driver);
  }

  static Version loadNvrtc(Version driver) {
    require(NativeLibraries.nvrtc(driver.major()));
    return fit("NVRTC", nvrtcVersion(), driver);
  }

  private static void require(LoadReport report) {
    if (report.place().isEmpty()) {
      throw new DeviceException.NotFound("backend cuda: " + report);
    }
  }

  private static Version fit(String library, Version found, Version driver) {
    if (found.major() < OLDEST.major() || found.major() > driver.major()) {
      throw new DeviceException.Incompatible(
          "backend cuda: %s is version %s, expected %d to %d, as the driver knows CUDA %s; %s"
              .formatted(
                  library,
                  found,
                  OLDEST.major(),
                  driver.major(),
                  driver,
                  "update the driver, or install a library that it can run"));
    }
    return found;
  }

  static Version nvrtcVersion() {
    MemorySegment major = Driver.pointer();
    MemorySegment minor = Driver.pointer();
    KernelCompiler.check("nvrtcVersion", Nvrtc.nvrtcVersion(major, minor));
    return new Version(Driver.getInt(major), Driver.getInt(minor));
  }
}
