package io.github.deit4j.bench;

import io.github.deit4j.device.Backends;
import io.github.deit4j.device.DeviceProvider;
import io.github.deit4j.device.DeviceProvider.Capabilities;
import java.util.Optional;

/** What a benchmark asks of a backend of which it knows the name; of peers nothing is known. */
public final class Devices {
  private Devices() {}

  private static Optional<Capabilities> capabilities(String backend) {
    return Backends.provider(backend).map(DeviceProvider::capabilities);
  }

  /** Returns whether the backend of this name has memory of its own and works while we go on. */
  public static boolean isDevice(String backend) {
    return capabilities(backend).filter(each -> !each.onHost()).isPresent();
  }

  /** Returns whether the backend of this name is the CPU's but for its matrix products. */
  public static boolean hasOwnProductsOnly(String backend) {
    return capabilities(backend).filter(Capabilities::ownProductsOnly).isPresent();
  }
}
