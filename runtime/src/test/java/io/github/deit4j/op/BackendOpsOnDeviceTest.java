package io.github.deit4j.op;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnDevice;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every backend does, on a real device. */
@ExtendWith(OnDevice.class)
class BackendOpsOnDeviceTest extends BackendOpsTest {
  @Override
  Backend open() {
    return new CudaBackend(0, Precision.FP32);
  }
}
