package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.device.Backend;

/**
 * What a backend's times are compared with: the ceilings of the host's processor, which were
 * measured, or for a device nothing.
 *
 * @param ceilings of the host
 * @param applies whether they are the backend's
 */
record Roof(Ceilings ceilings, boolean applies) {
  static Roof of(Ceilings ceilings, Backend backend) {
    return new Roof(ceilings, !Devices.isDevice(backend.name()));
  }

  int threads() {
    return ceilings.threads();
  }

  /** Returns the share of the arithmetic peak; null where one of them is not known. */
  Double shareOfPeak(Double gflops) {
    return gflops == null || !applies ? null : Double.valueOf(ceilings.shareOfPeak(gflops));
  }

  /** Returns the share of the roofline; null where it is not known. */
  Double shareOfRoofline(Cost cost, double milliseconds) {
    return applies ? ceilings.shareOfRoofline(cost, milliseconds) : null;
  }
}
