package io.github.deit4j.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnDevice;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ExtendWith;

/** Erasing, mixing and dropout on a real device. */
@ExtendWith(OnDevice.class)
class AugmentationOpsOnDeviceTest extends AugmentationOpsTest {
  @Override
  Backend open() {
    return new CudaBackend(0, Precision.FP32);
  }

  @Override
  void assertSame(float[] got, float[] expected, String description) {
    assertThat(got).as(description).containsExactly(expected, within(1e-6f));
  }
}
