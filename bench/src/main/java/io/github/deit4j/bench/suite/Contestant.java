package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.Devices;
import io.github.deit4j.device.Precision;

/**
 * What computes.
 *
 * @param backend {@code cpu}, {@code openblas}, {@code cuda:0} or {@code peer:NAME}
 * @param precision of matrix products
 */
record Contestant(String backend, Precision precision) {
  private static final String PEER = "peer:";

  static Contestant of(String backend) {
    return new Contestant(backend, Precision.FP32);
  }

  boolean onDevice() {
    return Devices.isDevice(backend);
  }

  boolean isPeer() {
    return backend.startsWith(PEER);
  }

  /** Returns the name of the backend in whose ceilings this one works. */
  String ceilings() {
    return onDevice() ? backend : "cpu";
  }

  @Override
  public String toString() {
    return onDevice() ? backend + " " + precision.key() : backend;
  }
}
