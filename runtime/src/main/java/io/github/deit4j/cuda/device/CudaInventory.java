package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.cuda.device.CudaLibraries.Version;
import io.github.deit4j.device.DeviceException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What there is of CUDA on this machine. */
public final class CudaInventory {
  private CudaInventory() {}

  /**
   * Looks at everything that the backend needs, and goes on where something is missing.
   *
   * @return driver, each device, cuBLAS and NVRTC by name: version, place and what else there is to
   *     say, or what was tried and why it failed
   */
  public static Map<String, String> look() {
    Map<String, String> parts = new LinkedHashMap<>();
    try {
      Version driver = CudaLibraries.loadDriver();
      parts.put("cuda driver", line(driver, NativeLibraries.cuda()));
      for (DeviceInfo device : DeviceInfo.all()) {
        parts.put(device.key(), device.description());
      }
      parts.put(
          "cublas",
          orFailure(
              () ->
                  line(CudaLibraries.loadCublas(driver), NativeLibraries.cublas(driver.major()))));
      parts.put(
          "nvrtc",
          orFailure(
              () -> line(CudaLibraries.loadNvrtc(driver), NativeLibraries.nvrtc(driver.major()))));
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
}
