package io.github.deit4j.train;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ExtendWith;

/** The same on CUDA's stand-in. */
@ExtendWith(OnStandIn.class)
class CudaStoredImageCutsTest extends StoredImageCutsTest {
  @Override
  Backend open() {
    return new CudaBackend(0, Precision.FP32);
  }
}
