package io.github.deit4j.device;

import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.device.CudaInventory;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Chooses a backend by name. */
public final class Backends {
  /** The names that {@link #select} knows, as one writes them in a message. */
  public static final String NAMES = "auto, cpu, openblas or cuda[:n]";

  private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,4}))?");

  private Backends() {}

  /**
   * A backend and why it was chosen.
   *
   * @param backend ready for use; the caller closes it
   * @param reason one line
   */
  public record Selection(Backend backend, String reason) {}

  /** Returns whether {@link #select} knows the name; its device need not be there. */
  public static boolean knows(String spec) {
    return spec.equals("auto")
        || spec.equals("cpu")
        || spec.equals("openblas")
        || CUDA.matcher(spec).matches();
  }

  /**
   * Looks for CUDA on this machine.
   *
   * @return driver, each device, cuBLAS and NVRTC by name: version, place and what else there is to
   *     say, or what was tried and why it failed
   */
  public static Map<String, String> cudaParts() {
    return CudaInventory.look();
  }

  /** Starts the named backend with products in float32; see the other {@code select}. */
  public static Selection select(String spec, int threads) {
    return select(spec, threads, Precision.FP32);
  }

  /**
   * Starts the named backend.
   *
   * @param spec {@code cpu}; {@code openblas}: the CPU with OpenBLAS for the matrix products, whose
   *     results are the same on every run on the same machine, but not on another; {@code cuda} or
   *     {@code cuda:n}: the NVIDIA device of that number, else the first; {@code auto}: the first
   *     NVIDIA device if it can be used, else the CPU
   * @param threads how many threads the CPU uses; 0 for all processors
   * @param precision of matrix products; only CUDA knows others than {@link Precision#FP32}
   * @throws DeviceException if the name is unknown or its device cannot be used so
   */
  public static Selection select(String spec, int threads, Precision precision) {
    Matcher cuda = CUDA.matcher(spec);
    if (cuda.matches()) {
      int device = cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1));
      return new Selection(new CudaBackend(device, precision), "asked for");
    }
    int count = processors(threads);
    return switch (spec) {
      case "cpu" -> new Selection(cpu(count, precision), "asked for");
      case "auto" -> best(count, precision);
      case "openblas" -> openBlas(count, precision);
      default ->
          throw new DeviceException(
              "backend '%s' is not known: expected %s".formatted(spec, NAMES));
    };
  }

  /**
   * Starts the named backend for a job of a second or so, such as one image in a new JVM: on the
   * CPU with kernels that are fast sooner, though slower in the long run. The bits are those of
   * {@link #select}.
   *
   * @throws DeviceException as {@link #select}
   */
  public static Selection selectForShortJob(String spec, int threads, Precision precision) {
    if (!spec.equals("auto") && !spec.equals("cpu")) {
      return select(spec, threads, precision);
    }
    requireFloat32(precision);
    return new Selection(CpuBackend.quickStart(processors(threads)), "starts soonest");
  }

  private static int processors(int threads) {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  private static Selection best(int threads, Precision precision) {
    try {
      return new Selection(new CudaBackend(0, precision), "the first NVIDIA device");
    } catch (DeviceException e) {
      // A report of all that was tried follows on more lines, after a colon.
      String reason = e.getMessage().lines().findFirst().orElseThrow().replaceFirst(":$", "");
      return new Selection(cpu(threads, precision), "not cuda, for " + reason);
    }
  }

  private static CpuBackend cpu(int threads, Precision precision) {
    requireFloat32(precision);
    return new CpuBackend(threads);
  }

  private static void requireFloat32(Precision precision) {
    if (precision != Precision.FP32) {
      throw new DeviceException(
          "the CPU multiplies in fp32 only, found %s: use fp32, or backend cuda"
              .formatted(precision.key()));
    }
  }

  private static Selection openBlas(int threads, Precision precision) {
    requireFloat32(precision);
    LoadReport report = NativeLibraries.openBlas();
    String place =
        report
            .place()
            .orElseThrow(
                () -> new LibraryMissingException("backend openblas: " + report, report.library()));
    return new Selection(CpuBackend.withOpenBlas(threads), "loaded from " + place);
  }
}
