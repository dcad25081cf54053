package io.github.deit4j.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Chooses a backend by name, among those of all {@link DeviceProvider}s. */
public final class Backends {
  private static final String AUTO = "auto";

  private static final ClassLoader OURS = DeviceProvider.class.getClassLoader();

  private static final List<DeviceProvider> INSTALLED = load(OURS, List.of());

  private Backends() {}

  /**
   * A backend and why it was chosen.
   *
   * @param backend ready for use; the caller closes it
   * @param reason one line
   */
  public record Selection(Backend backend, String reason) {
    /** Returns the selection of a backend for no other reason than that it was named. */
    public static Selection askedFor(Backend backend) {
      return new Selection(backend, "asked for");
    }
  }

  /** Returns all providers: those of this program, then those that the calling thread sees too. */
  public static List<DeviceProvider> providers() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null || context.equals(OURS) ? INSTALLED : load(context, INSTALLED);
  }

  private static List<DeviceProvider> load(ClassLoader loader, List<DeviceProvider> known) {
    List<DeviceProvider> all = new ArrayList<>(known);
    for (DeviceProvider each : ServiceLoader.load(DeviceProvider.class, loader)) {
      if (known.stream().noneMatch(other -> other.getClass().equals(each.getClass()))) {
        all.add(each);
      }
    }
    return List.copyOf(all);
  }

  /** Returns the provider that a name chooses; {@code auto} and unknown names choose none. */
  public static Optional<DeviceProvider> provider(String spec) {
    return providers().stream().filter(each -> each.answersTo(spec)).findFirst();
  }

  /** Returns whether {@link #select} knows the name; its device need not be there. */
  public static boolean knows(String spec) {
    return spec.equals(AUTO) || provider(spec).isPresent();
  }

  /** Returns the names that {@link #select} knows, as one writes them in a message. */
  public static String names() {
    return AUTO + ", " + deviceNames();
  }

  /** Returns the same without {@code auto}. */
  public static String deviceNames() {
    return or(providers().stream().map(DeviceProvider::names).toList());
  }

  private static String or(List<String> names) {
    int last = names.size() - 1;
    String first = String.join(", ", names.subList(0, last));
    return (first.isEmpty() ? "" : first + " or ") + names.get(last);
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
   *     {@code cuda:n}: the NVIDIA device of that number, else the first; another provider's name;
   *     {@code auto}: the first that can be used of those that providers prefer, an NVIDIA device
   *     before the CPU
   * @param threads how many threads the CPU uses; 0 for all processors
   * @param precision of matrix products
   * @throws DeviceException.Unsupported if the device does not know the precision
   * @throws DeviceException if the name is unknown or its device cannot be used
   */
  public static Selection select(String spec, int threads, Precision precision) {
    int count = processors(threads);
    return spec.equals(AUTO)
        ? best(count, precision)
        : fit(require(spec), precision).open(spec, count, precision);
  }

  /**
   * Starts the named backend for a job of a second or so, such as one image in a new JVM: on the
   * CPU with kernels that are fast sooner, though slower in the long run. The bits are those of
   * {@link #select}.
   *
   * @throws DeviceException as {@link #select}
   */
  public static Selection selectForShortJob(String spec, int threads, Precision precision) {
    boolean auto = spec.equals(AUTO);
    for (DeviceProvider each : auto ? preferred() : List.of(require(spec))) {
      if (each.capabilities().quickStart()) {
        return fit(each, precision)
            .openForShortJob(auto ? each.name() : spec, processors(threads), precision);
      }
    }
    return select(spec, threads, precision);
  }

  /**
   * Returns the name of the device that a rank should use: {@link DeviceProvider#ofRank}.
   *
   * @throws DeviceException if the name is unknown or its devices cannot be counted
   */
  public static String ofRank(String spec, int localRank) {
    return require(spec).ofRank(spec, localRank);
  }

  private static DeviceProvider require(String spec) {
    return provider(spec)
        .orElseThrow(
            () ->
                new DeviceException(
                    "backend '%s' is not known: expected %s".formatted(spec, names())));
  }

  private static int processors(int threads) {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /** Returns the provider, which must know the precision. */
  private static DeviceProvider fit(DeviceProvider provider, Precision precision) {
    if (provider.capabilities().precisions().contains(precision)) {
      return provider;
    }
    List<String> others =
        providers().stream()
            .filter(each -> each.capabilities().precisions().contains(precision))
            .map(DeviceProvider::name)
            .toList();
    String known =
        or(provider.capabilities().precisions().stream().sorted().map(Precision::key).toList());
    throw new DeviceException.Unsupported(
        "%s multiplies in %s only, found %s: use %s%s"
            .formatted(
                provider.hardware(),
                known,
                precision.key(),
                known,
                others.isEmpty() ? "" : ", or backend " + or(others)));
  }

  /** Returns what {@code auto} may choose, the best first. */
  private static List<DeviceProvider> preferred() {
    return providers().stream()
        .filter(each -> each.rank() > 0)
        .sorted(Comparator.comparingInt(DeviceProvider::rank).reversed())
        .toList();
  }

  private static Selection best(int threads, Precision precision) {
    List<String> failures = new ArrayList<>();
    DeviceException last = new DeviceException("backend auto: found no provider of a device");
    for (DeviceProvider each : preferred()) {
      try {
        Backend backend = fit(each, precision).open(each.name(), threads, precision).backend();
        return new Selection(
            backend, failures.isEmpty() ? each.merit() : String.join("; ", failures));
      } catch (DeviceException e) {
        // A report of all that was tried follows on more lines, after a colon.
        String cause = e.getMessage().lines().findFirst().orElseThrow().replaceFirst(":$", "");
        failures.add("not %s, for %s".formatted(each.name(), cause));
        last = e;
      }
    }
    throw last;
  }
}
