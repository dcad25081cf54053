package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.CudaLibraries;
import io.github.deit4j.device.Backends.Selection;
import io.github.deit4j.device.DeviceProvider;
import io.github.deit4j.device.Precision;
import java.util.EnumSet;
import java.util.Map;
import java.util.regex.Pattern;

/** NVIDIA's devices. */
public final class CudaProvider implements DeviceProvider {
  private static final Pattern SPEC = Pattern.compile("cuda(:\\d{1,4})?");

  /** Creates the provider; for {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public String names() {
    return "cuda[:n]";
  }

  @Override
  public boolean answersTo(String spec) {
    return SPEC.matcher(spec).matches();
  }

  /** {@inheritDoc} The one with the rank's number, or where there are fewer, one of several's. */
  @Override
  public String ofRank(String spec, int localRank) {
    return spec.equals(name())
        ? "%s:%d".formatted(spec, localRank % CudaLibraries.devices())
        : spec;
  }

  @Override
  public String hardware() {
    return "an NVIDIA device";
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(EnumSet.allOf(Precision.class), false, false, false, false);
  }

  @Override
  public int rank() {
    return 2;
  }

  @Override
  public String merit() {
    return "the first NVIDIA device";
  }

  @Override
  public Selection open(String spec, int threads, Precision precision) {
    String number = spec.substring(spec.indexOf(':') + 1);
    int device = number.equals(spec) ? 0 : Integer.parseInt(number);
    return Selection.askedFor(new CudaBackend(device, precision));
  }

  @Override
  public Map<String, String> parts() {
    return CudaLibraries.inventory();
  }
}
