package io.github.deit4j.device;

import java.util.Map;
import java.util.Set;

/**
 * A kind of device: its names, what it can do, and how it is opened. Found by {@link
 * java.util.ServiceLoader}: named by {@code provides} in its module's descriptor, and in {@code
 * META-INF/services} for programs on the class path. Making one must be cheap and load no library.
 */
public interface DeviceProvider {
  /** Returns the shortest name by which the device is chosen, such as {@code cuda}. */
  String name();

  /** Returns all names by which it is chosen, as a message lists them: {@code cuda[:n]}. */
  default String names() {
    return name();
  }

  /** Returns whether a name chooses this device, which need not be there. */
  default boolean answersTo(String spec) {
    return spec.equals(name());
  }

  /**
   * Returns the name of the device that one of several ranks on this machine should use, so that
   * those who are given the same name use different devices as far as there are some.
   *
   * @param spec a name that this provider answers to
   * @param localRank the rank's number among those of the machine, from 0
   * @throws DeviceException if the devices cannot be counted
   */
  default String ofRank(String spec, int localRank) {
    return spec;
  }

  /** Returns what computes, as it stands in a sentence: {@code the CPU}. */
  String hardware();

  /** Returns what may be known of the device before it is opened. */
  Capabilities capabilities();

  /** Returns how much {@code auto} prefers the device: the highest is tried first, 0 never. */
  default int rank() {
    return 0;
  }

  /** Returns why {@code auto} chooses the device where it can be used, in one line. */
  default String merit() {
    return hardware();
  }

  /**
   * Opens the device.
   *
   * @param spec a name that this provider answers to
   * @param threads how many threads the host's part of the work may use, at least one
   * @param precision of matrix products, one of {@link Capabilities#precisions}
   * @return ready for use; the caller closes it
   * @throws DeviceException if the device or one of its libraries is missing, unfit or fails
   */
  Backends.Selection open(String spec, int threads, Precision precision);

  /**
   * Opens it for a job of a second or so: fast sooner, though slower in the long run, with the bits
   * of {@link #open}. Asked only of those that say {@link Capabilities#quickStart}.
   */
  default Backends.Selection openForShortJob(String spec, int threads, Precision precision) {
    return open(spec, threads, precision);
  }

  /**
   * Looks for what the device needs on this machine beyond the host's own, and goes on where
   * something is missing.
   *
   * @return each part by name: version, place and what else there is to say, or what was tried and
   *     why it failed
   */
  default Map<String, String> parts() {
    return Map.of();
  }

  /**
   * What may be known of a device before it is opened.
   *
   * @param precisions in which it multiplies matrices
   * @param onHost whether it works in the host's memory, and is done when a call returns
   * @param sameBitsEverywhere whether every machine gives the same bits, not only every run on the
   *     same machine
   * @param ownProductsOnly whether all but its matrix products is what the CPU does without it
   * @param quickStart whether it has a form for short jobs
   */
  record Capabilities(
      Set<Precision> precisions,
      boolean onHost,
      boolean sameBitsEverywhere,
      boolean ownProductsOnly,
      boolean quickStart) {
    /** Copies the set. */
    public Capabilities {
      precisions = Set.copyOf(precisions);
    }
  }
}
