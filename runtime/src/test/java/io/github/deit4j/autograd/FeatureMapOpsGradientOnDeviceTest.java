package io.github.deit4j.autograd;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnDevice;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ExtendWith;

/** The ops of convolutional networks and their gradients on a real device. */
@ExtendWith(OnDevice.class)
class FeatureMapOpsGradientOnDeviceTest extends FeatureMapOpsGradientTest {
  @Override
  Backend open() {
    return new CudaBackend(0, Precision.FP32);
  }
}
