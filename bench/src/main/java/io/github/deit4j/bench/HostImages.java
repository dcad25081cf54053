package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** The images of a benchmark where a program has them, for a device to fetch in every run. */
final class HostImages {
  private final Backend device;
  private final MemorySegment images;

  private HostImages(Backend device, MemorySegment images) {
    this.device = device;
    this.images = images;
  }

  /** Returns the images, which a backend on the host has in its reach already. */
  static HostImages of(Backend backend, ModelConfig config, int batch) {
    return Devices.isDevice(backend.name())
        ? new HostImages(backend, MemorySegment.ofArray(BenchmarkData.images(config, batch)))
        : new HostImages(null, MemorySegment.NULL);
  }

  void upload(Tensor to) {
    if (device != null) {
      device.write(to, images);
    }
  }
}
