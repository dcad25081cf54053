package io.github.deit4j.op;

import io.github.deit4j.cuda.CudaBackend;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every backend does, by the CUDA backend on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaBackendOpsTest extends BackendOpsTest {
  @Override
  Backend open() {
    return new CudaBackend(0, Precision.FP32);
  }
}
