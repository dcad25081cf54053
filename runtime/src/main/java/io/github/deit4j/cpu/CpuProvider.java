package io.github.deit4j.cpu;

import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends.Selection;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.DeviceProvider;
import io.github.deit4j.device.Precision;
import java.util.Map;
import java.util.Set;

/** The host's processor, with kernels of our own. */
public final class CpuProvider implements DeviceProvider {
  /** Creates the provider; for {@link java.util.ServiceLoader}. */
  public CpuProvider() {}

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String hardware() {
    return "the CPU";
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(Set.of(Precision.FP32, Precision.BF16), true, true, false, true);
  }

  @Override
  public Map<String, String> parts() {
    return Map.of(
        Precision.BF16.key(),
        Kernels.withoutMachineCode()
            .map(reason -> "same results, as fast as fp32: " + reason)
            .orElse("by machine code of our own (vdpbf16ps)"));
  }

  @Override
  public int rank() {
    return 1;
  }

  @Override
  public Selection open(String spec, int threads, Precision precision) {
    return Selection.askedFor(new CpuBackend(threads, precision));
  }

  @Override
  public Selection openForShortJob(String spec, int threads, Precision precision) {
    return new Selection(CpuBackend.quickStart(threads, precision), "starts soonest");
  }

  /** The same processor with OpenBLAS for the matrix products. */
  public static final class OpenBlasProvider implements DeviceProvider {
    /** Creates the provider; for {@link java.util.ServiceLoader}. */
    public OpenBlasProvider() {}

    @Override
    public String name() {
      return "openblas";
    }

    @Override
    public String hardware() {
      return "the CPU";
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(Set.of(Precision.FP32), true, false, true, false);
    }

    @Override
    public Selection open(String spec, int threads, Precision precision) {
      LoadReport report = NativeLibraries.openBlas();
      String place =
          report
              .place()
              .orElseThrow(() -> new DeviceException.NotFound("backend openblas: " + report));
      return new Selection(CpuBackend.withOpenBlas(threads), "loaded from " + place);
    }

    @Override
    public Map<String, String> parts() {
      try {
        int threads = Runtime.getRuntime().availableProcessors();
        Selection selection = open(name(), threads, Precision.FP32);
        try (Backend backend = selection.backend()) {
          return Map.of(name(), backend.description() + " (" + selection.reason() + ")");
        }
      } catch (DeviceException e) {
        return Map.of(name(), e.getMessage());
      }
    }
  }
}
